/* Numbers with names, each in its fixed place: they change, nothing moves.
 *
 *   const f = facts([["loss", "Loss"], ["products", "Multiplications", count]]);     key, name, format (shown)
 *   f.el     f.update({loss: 0.25, products: 20000})     a key left out keeps its number; null is shown as –
 *   f.name("loss", "Cross entropy")                      another name          f.hide("products", true)
 */
import { h, setAttributes, setText } from "./dom.js";
import { putNumber, shown } from "./numbers.js";

export function facts(list) {
    const cells = new Map(list.map(([key, name, format = shown]) =>
        [key, { name: h("dt", {}, name), value: h("dd", { class: "number", "data-key": key }, "–"), format }]));
    const el = h("dl", { class: "facts" }, [...cells.values()].map((cell) => h("div", { class: "fact" }, cell.name, cell.value)));
    const update = (values) => {
        for (const [key, value] of Object.entries(values)) {
            const cell = cells.get(key);
            if (typeof value === "string") setText(cell.value, value);
            else putNumber(cell.value, value, cell.format);
        }
    };
    return {
        el, update,
        name: (key, name) => setText(cells.get(key).name, name),
        hide: (key, hidden) => setAttributes(cells.get(key).value.parentElement, { hidden }),
    };
}
