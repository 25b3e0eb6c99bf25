/* A figure with a caption and a small button that saves it as SVG.
 *
 *   const f = figure({title: "The output over the plane", name: "output"}, ...children)     f.el, f.caption(text)
 *   figure({title, name, plain: true}, …)       without the button
 */
import { h, setText } from "./dom.js";
import { saveFigure } from "./save.js";

export function figure({ title, name, plain = false }, ...children) {
    const words = h("span", { class: "figure-title" }, title);
    const body = h("div", { class: "figure-body" }, ...children);
    const save = plain ? null : h("button", {
        type: "button", class: "figure-save", "aria-label": `save as SVG: ${title}`, title: "save this figure as SVG",
        onclick: () => saveFigure(body, name, words.textContent),
    }, "SVG");
    const el = h("figure", { class: "figure" }, h("figcaption", {}, words, save), body);
    return { el, body, caption: (text) => setText(words, text) };
}
