/* Section 8: one row under cross entropy and under the squared error, while its output saturates. */
import { h, put } from "../kit/dom.js";
import { choice, row, slider } from "../kit/controls.js";
import { facts } from "../kit/facts.js";
import { figure } from "../kit/figure.js";
import { numberSpan, shown } from "../kit/numbers.js";
import { plot } from "../kit/plot.js";

const KINDS = [["cross_entropy", "cross entropy", "positive"], ["squared", "squared error", "negative"]];
const MOST_DELTAS = 6;
const LOSS_PLOT = { width: 340, height: 250 };

export const crossEntropySection = {
    name: "cross_entropy",
    build(host) {
        const set = (values) => host.send({ do: "cross_entropy.set", ...values });
        const shift = slider({ label: "q moves by", min: -12, max: 12, step: 0.1, value: 0, format: shown, input: (x) => set({ shift: x }), disabled: host.saved });
        const unit = choice({ label: "which q", options: [{ value: 0, label: "1" }], value: 0, change: (k) => set({ unit: k }), disabled: host.saved });
        const squared = choice({ label: "squared error", value: "sum_squared_error", change: (loss) => set({ squared: loss }), disabled: host.saved,
            options: [{ value: "sum_squared_error", label: "‖F − y‖²" }, { value: "half_squared_error", label: "½ ‖F − y‖²" }] });
        const now = facts([["q", "q"], ["F", "F = σ(q)"], ["y", "y, what it should be"], ["difference", "F − y"]]);
        const table = h("table", { class: "compare" });
        const output = plot(host, { label: "the output F over q", x: { label: "q" }, y: { label: "F", limits: [0, 1] }, ...LOSS_PLOT,
            explain: (one, x, y) => `F at q = ${shown(x)}: ${shown(y)}` });
        const errors = plot(host, { label: "error over q", x: { label: "q" }, y: { label: "error" }, ...LOSS_PLOT,
            explain: (one, x, y) => `${one.name} at q = ${shown(x)}: ${shown(y)}` });
        const lengths = plot(host, { label: "length of the gradient over q", x: { label: "q" }, y: { label: "length", log: true }, ...LOSS_PLOT,
            explain: (one, x, y) => `gradient with ${one.name} at q = ${shown(x)}: length ${shown(y)}` });
        host.el.append(
            row(shift.el, unit.el, squared.el), now.el, h("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "both losses in numbers" }, table),
            h("div", { class: "columns three" },
                figure({ title: "The output saturates", name: "output-over-q" }, output.el).el,
                figure({ title: "The error of this row", name: "error-over-q" }, errors.el).el,
                figure({ title: "The length of its gradient ∂E/∂η", name: "gradient-over-q" }, lengths.el).el),
        );
        return {
            update(scene, common) {
                const { line, losses, settings } = scene;
                const k = scene.unit;
                const outputs = common.layer_sizes.at(-1);
                shift.set(settings.shift);
                unit.set(k, { options: common.outputs.slice(0, outputs).map((name, value) => ({ value, label: name })) });
                unit.el.hidden = outputs === 1;
                squared.set(settings.squared);
                now.update({ q: scene.q[k], F: scene.F[k], y: scene.y[k], difference: scene.F_minus_y[k] });
                put(table, lossHead(outputs), h("tbody", {}, KINDS.map(([key, name, kind]) => lossRow(name, kind, losses[key]))));
                const marks = [{ x: scene.q[k], text: "now" }];
                const limits = { x: [line.q[0], line.q.at(-1)] };
                output.update({ lines: [{ name: "F", x: line.q, y: line.F, kind: "ink" }], marks, limits, levels: [{ y: scene.y[k], text: "y" }] });
                errors.update({ lines: lossLines(scene, "errors"), marks, limits });
                lengths.update({ lines: lossLines(scene, "lengths"), marks, limits });
            },
        };
    },
};

function lossLines({ line, losses }, key) {
    return KINDS.map(([name, words, kind]) => ({ name: words, x: line.q, y: losses[name][key], kind }));
}

function lossHead(outputs) {
    const names = ["", "E", outputs > 1 ? "δ = ∂E/∂q, of each output" : "δ = ∂E/∂q", "‖∂E/∂η‖"];
    return h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name))));
}

function lossRow(name, kind, { error, delta, length }) {
    const deltas = delta.slice(0, MOST_DELTAS).map((x, k) => [k > 0 && ", ", numberSpan(x)]);
    return h("tr", {}, h("th", { scope: "row", class: kind }, name), h("td", {}, numberSpan(error)),
        h("td", {}, deltas, delta.length > MOST_DELTAS && ", …"), h("td", {}, numberSpan(length)));
}
