/* The bar at the foot, always at hand: learning, where it is, save, and one line of words. */
import { h, put, setText } from "../kit/dom.js";
import { button } from "../kit/controls.js";
import { facts } from "../kit/facts.js";
import { count } from "../kit/numbers.js";

export function bar(act, saved) {
    const make = (name, text, title, kind = "") => button({ text, title, kind, press: () => act(name), disabled: saved && name !== "help" });
    const run = make("run", "Run", "run or pause (key r)", "main run");
    const buttons = [run, make("step", "Step", "one step: a batch, or an iteration (key s)"), make("epoch", "Epoch", "to the end of the epoch (key e)"),
        make("back", "Back 10", "ten steps back (key b)"), make("reset", "Reset", "begin anew with the same seed (key 0)")];
    const others = [make("save", "Save", "this lesson as one HTML file (key w)"), make("help", "?", "keys (key ?)")];
    const where = facts([["position", "Step", count], ["epoch", "Epoch", (x) => (x === null ? "–" : x.toFixed(2))]]);
    const line = h("p", { class: "bar-line", role: "status", "aria-live": "polite" });
    const alarm = h("p", { class: "bar-line bar-error", role: "alert" });
    const el = h("div", { class: "lesson-bar", role: "region", "aria-label": "Learning" },
        h("div", { class: "bar-inner" }, h("div", { class: "bar-tools" }, h("div", { class: "bar-buttons" }, buttons.map((one) => one.el)), where.el,
            h("div", { class: "bar-buttons bar-last" }, others.map((one) => one.el))),
            h("div", { class: "bar-words" }, line, alarm)));
    let said = "";
    let pointed = "";
    const words = () => {
        setText(line, pointed || said);
        line.classList.toggle("said", pointed === "");
    };
    return {
        el,
        running: (on) => run.set({ text: on ? "Pause" : "Run", pressed: on }),
        where: ({ position, epoch }) => where.update({ position, epoch }),
        say(text) {
            said = text;
            words();
        },
        point(text) {
            pointed = text;
            words();
        },
        fail: (text) => setText(alarm, text ?? ""),
    };
}

const KEYS = [["r", "run or pause"], ["s", "one step"], ["e", "to the end of the epoch"], ["b", "ten steps back"], ["0", "begin anew, same seed"],
    ["w", "save the lesson as a file"], ["j, k", "next section, section before"], ["Tab", "next control, figure or matrix"],
    ["Arrows", "inside a matrix, a plot or the graph: walk; on a weight: Up and Down change it (Shift: finer)"], ["Enter", "on an entry of a matrix: choose it"], ["?", "these keys"]];

export function helpWindow(switchKeys) {
    const on = h("input", { type: "checkbox", checked: true, onchange: () => switchKeys(on.checked) });
    const el = h("dialog", { class: "lesson-help", "aria-label": "Keys" }, h("h2", {}, "Keys"),
        h("dl", {}, KEYS.map(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)])),
        h("label", { class: "help-switch" }, on, " letters are keys"),
        h("button", { type: "button", class: "button", onclick: () => el.close() }, "Close"));
    return { el, open: () => el.open || el.showModal() };
}

/* What a key asks for, or null: letters only while nothing is being typed. */
export function keyAction(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return null;
    const target = event.composedPath()[0];
    if (target.closest?.("input[type=text], textarea, select, [contenteditable=true]")) return null;
    return { r: "run", s: "step", e: "epoch", b: "back", 0: "reset", w: "save", j: "next", k: "previous", "?": "help" }[event.key] ?? null;
}

export function heading(title, words) {
    const el = h("header", { class: "lesson-head" });
    put(el, h("h1", {}, title), h("p", {}, words));
    return el;
}
