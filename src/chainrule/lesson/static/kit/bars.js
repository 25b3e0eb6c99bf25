/* Bars that lie: a name, a bar on a linear or log axis, a number. For measured times and costs.
 * One stop of the Tab key; arrows walk from bar to bar.
 *
 *   const b = barChart(host, {label: "measured time", log: true, format: seconds, axisFormat: seconds});
 *   b.el     b.update([{name: "(AB)C", value: 2e-5, kind: "accent", explain: "…"}], {limits})
 */
import { h, put, setAttributes, setText } from "./dom.js";
import { brief, putNumber } from "./numbers.js";
import { fit } from "./plot.js";
import { walkedList } from "./walk.js";
import { makeScale, steady } from "./scale.js";

export function barChart(host, { label, log = false, format = brief, axisFormat = format }) {
    const list = h("ul", { class: "bars", "aria-label": label });
    const axis = h("div", { class: "bars-axis", "aria-hidden": "true" });
    const walk = walkedList(list);
    let limits = null;
    let bars = [];
    const make = () => {
        const item = h("li", { class: "bar-row" }, h("span", { class: "bar-name" }),
            h("span", { class: "bar-track" }, h("span", { class: "bar" })), h("span", { class: "bar-value" }));
        const say = () => host.point(bars[[...list.children].indexOf(item)]?.explain ?? "");
        item.addEventListener("pointerenter", say);
        item.addEventListener("focus", say);
        item.addEventListener("pointerleave", () => host.point(""));
        item.addEventListener("blur", () => host.point(""));
        return item;
    };
    const drawAxis = (scale) => put(axis, apart(scale).map((mark) =>
        h("span", { class: markClass(scale.at(mark)), vars: { "--at": scale.at(mark).toFixed(4) } }, axisFormat(mark))));
    const update = (wanted, { limits: given = null } = {}) => {
        bars = wanted;
        const values = bars.map((one) => one.value);
        const now = given ?? steady(limits, log ? values : [0, ...values], log);
        const scale = makeScale(now, [0, 1], log);
        if (now !== limits) drawAxis(scale);
        limits = now;
        fit(list, bars.length, make);
        walk();
        bars.forEach((one, i) => {
            const [name, track, value] = list.children[i].children;
            setText(name, one.name);
            const length = one.value === null ? 0 : Math.max(0.004, Math.min(1, scale.at(one.value)));
            setAttributes(track.firstElementChild, { class: `bar ${one.kind ?? "ink"}`, vars: { "--length": length.toFixed(4) } });
            putNumber(value, one.value, format);
        });
    };
    return { el: h("div", { class: "bar-chart" }, list, axis), update };
}

/* Marks with room for their names between them. */
function apart(scale) {
    let last = -1;
    return scale.marks.filter((mark) => {
        const free = scale.at(mark) - last >= 0.24;
        if (free) last = scale.at(mark);
        return free;
    });
}

/* The words at the ends of the axis stay within it. */
function markClass(at) {
    return at < 0.001 ? "bars-mark first" : at > 0.999 ? "bars-mark last" : "bars-mark";
}
