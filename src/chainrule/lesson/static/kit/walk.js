/* Many things in a row as one stop of the Tab key: arrows, Home and End walk over the children of an element.
 *
 *   const walk = walkedList(element);       walk() after children have come or gone
 */
import { listen } from "./dom.js";

export function walkedList(list) {
    let at = 0;
    const settle = () => [...list.children].forEach((child, k) => {
        if (child.tabIndex !== (k === at ? 0 : -1) || !child.hasAttribute("tabindex")) child.tabIndex = k === at ? 0 : -1;
    });
    const childOf = (target) => [...list.children].findIndex((child) => child.contains(target));
    const stand = (k) => {
        at = Math.max(0, Math.min(list.childElementCount - 1, k));
        settle();
    };
    listen(list, "focusin", (event) => stand(childOf(event.target)));
    listen(list, "keydown", (event) => {
        const k = childOf(event.target);
        const to = { ArrowDown: k + 1, ArrowRight: k + 1, ArrowUp: k - 1, ArrowLeft: k - 1, Home: 0, End: Infinity }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        stand(to);
        list.children[at].focus();
    });
    return () => stand(at);
}
