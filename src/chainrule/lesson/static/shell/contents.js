/* The list of sections: beside the text, or folded above it in a narrow window. Which sections are on the screen. */
import { h, listen, setText } from "../kit/dom.js";

export function contents(frames, go) {
    const summary = h("summary", {}, "Contents");
    const links = frames.map((frame, k) => h("a", {
        href: `#${frame.name}`,
        onclick: (event) => {
            event.preventDefault();
            if (details.classList.contains("folding")) details.open = false;
            go(frame);
        },
    }, h("span", {}, String(k + 1)), h("span", {}, frame.short)));
    const details = h("details", { open: true }, summary, h("ol", {}, links.map((link) => h("li", {}, link))));
    const el = h("nav", { class: "lesson-contents", "aria-label": "Sections" }, details);
    listen(summary, "click", (event) => details.classList.contains("folding") || event.preventDefault());
    const mark = (name) => frames.forEach((frame, k) => {
        if (frame.name === name) links[k].setAttribute("aria-current", "true");
        else links[k].removeAttribute("aria-current");
        if (frame.name === name) setText(summary, details.classList.contains("folding") ? `${k + 1}  ${frame.short}` : "Contents");
    });
    const fold = (narrow) => {
        if (details.classList.contains("folding") === narrow) return;
        details.classList.toggle("folding", narrow);
        details.open = !narrow;
        summary.tabIndex = narrow ? 0 : -1;
    };
    summary.tabIndex = -1;
    return { el, mark, fold };
}

/* Calls change(names on the screen, name of the one that is read) when one comes or goes. */
export function watchScreen(frames, change) {
    const seen = new Map();
    const tell = () => {
        const names = frames.filter((frame) => seen.get(frame.name)?.isIntersecting).map((frame) => frame.name);
        const middle = frames.filter((frame) => frame.el.getBoundingClientRect().top < innerHeight * 0.4).at(-1);
        change(names, (middle ?? frames[0]).name);
    };
    const observer = new IntersectionObserver((entries) => {
        for (const entry of entries) seen.set(entry.target.dataset.section, entry);
        tell();
    }, { rootMargin: "10% 0px", threshold: [0, 0.15, 0.3, 0.45, 0.6] });
    for (const frame of frames) observer.observe(frame.el);
    return () => observer.disconnect();
}
