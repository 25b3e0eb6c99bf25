/* The entrance: render({model, el}) draws a lesson into an element. The contract is that of anywidget:
 * model.on("msg:custom", …) receives frames, model.send(message) sends. A page's model (page.js) also has upload(file),
 * again(f) and look(name); that of a saved page has a scene, and answers nothing.
 */
import { drawSoon, h } from "./kit/dom.js";
import { useColoursOf } from "./kit/colours.js";
import { download } from "./kit/save.js";
import { bar, heading, helpWindow, keyAction } from "./shell/bar.js";
import { contents, watchScreen } from "./shell/contents.js";
import { messenger } from "./shell/messages.js";
import { sectionFrame } from "./shell/section.js";
import { uploader } from "./shell/upload.js";
import { SECTIONS } from "./sections/all.js";

const SETTLED = 90;
const ACTIONS = {
    step: { do: "network.step", batches: 1 },
    epoch: { do: "network.epoch" },
    back: { do: "network.back", steps: 10 },
    reset: { do: "network.reset" },
    save: { do: "save" },
};

export function render({ model, el }) {
    const saved = Boolean(model.scene);
    let start = model.section?.() ?? "";
    const root = h("div", { class: "chainrule-lesson" });
    const state = { common: null, scenes: new Map(), stale: new Set(), seen: [] };
    const foot = bar((name) => act(name), saved);
    const messages = messenger(model, (frame, asked) => take(frame, asked));
    const makeHost = (body) => ({
        el: body, saved,
        send: (message) => saved || messages.send(message),
        upload: uploader(model, messages.send, foot.fail),
        common: () => state.common,
        point: foot.point,
    });
    const frames = SECTIONS.map((one, k) => sectionFrame(one, k + 1, makeHost));
    const list = contents(frames, (frame) => goTo(frame));
    const help = helpWindow((on) => (state.lettersOff = !on));

    const draw = () => {
        if (messages.running()) messages.drawn();
        foot.where(state.common);
        const hold = frames.some((frame) => frame.waiting() && state.stale.has(frame.name)) ? holdPlace(frames) : null;
        for (const frame of frames) {
            if (!state.stale.delete(frame.name)) continue;
            try {
                frame.update(state.scenes.get(frame.name), state.common);
            } catch (problem) {
                console.error(`section ${frame.name}:`, problem);
            }
        }
        hold?.();
        root.dataset.drawn = String(state.frame ?? "");
    };
    const take = (frame, asked) => {
        if (frame.error || asked !== "show") foot.fail(frame.error); // scrolling wipes nothing off
        const ended = asked === "network.run" && frame.said?.length > 0 && frame.common.position === state.common?.position;
        if (frame.error || ended) setRunning(false);
        if (frame.said?.length > 0) foot.say(frame.said.join("; "));
        else if (!messages.running() && asked !== "show") foot.say("");
        if (frame.file) download(frame.file.name, frame.file.content, "text/html");
        for (const [name, scene] of Object.entries(frame.sections)) {
            state.scenes.set(name, scene);
            state.stale.add(name);
        }
        if (frame.common && "position" in frame.common) state.common = frame.common;
        state.frame = frame.id;
        if (!state.common) return;
        if (messages.running()) drawSoon(draw);
        else draw(); // at once: a change is seen a picture earlier
    };
    const setRunning = (on) => {
        if (on !== messages.running()) messages.run(on);
        foot.running(on);
    };
    const goTo = (frame) => {
        state.scrolled = false;
        frame.el.scrollIntoView({ block: "start" });
        frame.heading.focus({ preventScroll: true });
    };
    const act = (name) => {
        if (name === "help") help.open();
        else if (name === "next" || name === "previous") goTo(frames[neighbour(name)]);
        else if (saved) return;
        else if (name === "run") setRunning(!messages.running());
        else {
            if (name !== "save") setRunning(false);
            messages.send(ACTIONS[name]);
        }
    };
    /* From the section with the focus, unless the page was scrolled since by other means than keys. */
    const neighbour = (name) => {
        const focused = state.scrolled ? -1 : frames.findIndex((frame) => frame.el.matches(":focus-within"));
        const at = focused >= 0 ? focused : frames.findIndex((frame) => frame.name === state.current);
        return Math.max(0, Math.min(frames.length - 1, at + (name === "next" ? 1 : -1)));
    };
    const onKey = (event) => {
        const wanted = state.lettersOff && event.key !== "?" ? null : keyAction(event);
        if (wanted === null) return;
        event.preventDefault();
        event.stopPropagation();
        act(wanted);
    };
    const look = (names, current) => {
        list.mark(current);
        if (current !== state.current) model.look?.(current);
        state.current = current;
        if (names.join() === state.seen.join()) return;
        state.seen = names;
        clearTimeout(state.showing);
        state.showing = setTimeout(show, SETTLED);
    };
    const show = () => saved || model.ready === false || messages.send({ do: "show", sections: state.seen });
    const begin = () => {
        messages.begin();
        setRunning(false);
        if (state.seen.length > 0) show();
        const first = frames.find((frame) => frame.name === start);
        start = "";
        if (first) goTo(first);
    };

    root.append(h("div", { class: "lesson-frame" }, list.el, heading("How a network learns",
        "The chain rule, row by row of the notes, with the numbers of your own network."),
    h("main", { class: "lesson-sections" }, frames.map((frame) => frame.el))), foot.el, help.el);
    el.replaceChildren(root);
    const keys = model.page ? document : root;
    keys.addEventListener("keydown", onKey);
    for (const kind of ["wheel", "touchmove"]) root.addEventListener(kind, () => (state.scrolled = true), { passive: true });
    const size = new ResizeObserver(() => list.fold(root.clientWidth < 50 * parseFloat(getComputedStyle(root).fontSize)));
    size.observe(root);
    const endColours = useColoursOf(root);
    const endScreen = watchScreen(frames, look);
    setTheme(root);
    model.again?.(begin);
    if (saved) take({ id: null, said: [], error: null, ...model.scene });
    return () => {
        clearTimeout(state.showing);
        messages.run(false);
        messages.end();
        keys.removeEventListener("keydown", onKey);
        size.disconnect();
        endScreen();
        endColours();
        root.remove();
    };
}

/* Sections above what is read fill up for the first time: what is read stays where it is. */
function holdPlace(frames) {
    const top = (frame) => frame.el.getBoundingClientRect().top;
    const read = frames.findLast((frame) => top(frame) < 0.4 * innerHeight) ?? frames[0];
    const before = top(read);
    return () => scrollBy({ top: top(read) - before, behavior: "instant" });
}

/* A notebook says itself whether it is light or dark. */
function setTheme(root) {
    const light = document.body.dataset.jpThemeLight;
    if (light !== undefined) root.dataset.theme = light === "true" ? "light" : "dark";
    else if (document.body.classList.contains("vscode-dark")) root.dataset.theme = "dark";
    else if (document.body.classList.contains("vscode-light")) root.dataset.theme = "light";
}

export default { render };
