/* Section 4: a layer's derivative in its own parameters, with its zeros; and the column times a row that says it all. */
import { h, put, setText } from "../kit/dom.js";
import { choice, row, stepper } from "../kit/controls.js";
import { facts } from "../kit/facts.js";
import { figure } from "../kit/figure.js";
import { formula, mi, mn, mo, mrow, fenced, frac, sub, sup } from "../kit/formula.js";
import { matrixGrid, range } from "../kit/matrix.js";
import { count, lowered, scientific, shapeText, shown } from "../kit/numbers.js";

const LAYER_FACTS = [["whole", "Numbers in the matrix", count], ["others", "Of them not 0", count], ["parts", "Numbers in δ and ẑ", count],
    ["difference", "Difference from net.gradient", (x) => (x === 0 ? "0" : scientific(x, 1))]];

export const layerSection = {
    name: "layer",
    build(host) {
        let now = null;
        const controls = layerChoice(host);
        const explain = (i, j, x) => entryOfLayer(now, i, j, x);
        const grid = matrixGrid(host, { label: "a layer's derivative in its own parameters", explain: (i, j, x) => say(explain(i, j, x)) });
        const words = h("p", { class: "layer-words" });
        const say = (text) => {
            setText(words, text);
            return text;
        };
        const whole = figure({ title: "", name: "layer" }, grid.el);
        const parts = factoredForm(host, () => now);
        const numbers = facts(LAYER_FACTS);
        const figures = h("div", { class: "layer-figures" }, whole.el, words, parts.el, numbers.el);
        host.el.append(controls.el, figures);
        let key = "";
        return {
            update(scene, common) {
                now = scene;
                figures.hidden = false;
                controls.update(scene, common);
                const { fan_in: fanIn, fan_out: fanOut, columns, units, matrix, settings, factored } = scene;
                whole.caption(`∂F/∂(A, b) of layer ${settings.layer}: ${fanIn} → ${fanOut}, ${scene.function}; ${shapeText(matrix.shape)}`);
                const own = (i, j) => columns === null || mixes(scene) || columns.unit[j] === i;
                grid.update(matrix, { rowNames: units, columnNames: columns?.names, mark: (i, j) => (own(i, j) ? null : "zero") });
                const wanted = JSON.stringify([settings, fanIn, fanOut]);
                if (wanted !== key) setText(words, "Point at an entry, or walk over it with the arrow keys: what it is stands here.");
                key = wanted;
                parts.update(scene);
                numbers.update({ whole: scene.n_numbers, others: scene.n_not_zero, parts: factored.n_numbers, difference: factored.difference });
            },
            refused(scene, common) {
                figures.hidden = true;
                controls.update(scene, common);
            },
        };
    },
};

function layerChoice(host) {
    const off = host.saved;
    const set = (values) => host.send({ do: "layer.set", ...values });
    const layer = choice({ label: "Layer", options: [], change: (value) => set({ layer: value }), disabled: off });
    const order = choice({ label: "Columns in the order of", value: "lecture", disabled: off, change: (value) => set({ order: value }),
        options: [{ value: "lecture", label: "the lecture: A line by line, then b" }, { value: "eta", label: "η: Aᵀ line by line, then b" }] });
    const which = stepper({ label: "Row", min: 0, max: 1, value: 0, change: (k) => host.send({ do: "choose row", row: k }), disabled: off });
    return {
        el: row(layer.el, order.el, which.el),
        update({ settings }, common) {
            const sizes = common.layer_sizes;
            layer.set(settings.layer, { options: range(sizes.length - 1).map((l) => ({ value: l + 1, label: `${l + 1}: ${sizes[l]} → ${sizes[l + 1]}` })) });
            order.set(settings.order);
            which.set(common.row, { max: common.n_rows - 1 });
        },
    };
}

/* With softmax an output depends on the sums of all, and the slopes are a matrix. */
function mixes(scene) {
    return Array.isArray(scene.slopes[0]);
}

function entryOfLayer(scene, i, j, x) {
    const { columns, units, inputs, slopes, z } = scene;
    if (columns === null) return `row ${i + 1}, column ${j + 1}: ${shown(x)}`;
    const k = columns.unit[j];
    const source = columns.input[j];
    const name = columns.names?.[j] ?? (source < z.length ? `A[${k + 1}, ${source + 1}]` : `b${lowered(k + 1)}`);
    const sum = `q${lowered(k + 1)}`;
    const what = `∂${units[i]}/∂${name}`;
    if (!mixes(scene) && k !== i) return `${what} = 0: ${name} belongs to ${sum}, and is not in q${lowered(i + 1)}`;
    const slope = mixes(scene) ? [`∂${units[i]}/∂${sum}`, slopes[i][k]] : [`σ′(${sum})`, slopes[k]];
    const [by, value] = source < z.length ? [inputs[source], z[source]] : ["1", 1];
    return `${what} = ${slope[0]} · ${by} = ${shown(slope[1])} · ${source < z.length ? inSum(value) : "1"} = ${shown(x)}; number ${columns.place[j] + 1} of η`;
}

function inSum(x) {
    return x < 0 ? `(${shown(x)})` : shown(x);
}

/* δ ẑᵀ = [∂E/∂A ∂E/∂b], and the same by the library. */
function factoredForm(host, current) {
    const unit = (i) => `q${lowered(i + 1)}`;
    const input = (j) => [...current().inputs, "1"][j];
    const explainProduct = (i, j, x) => `∂Φ/∂${j < current().inputs.length ? `A${lowered(i + 1)}${current().fan_in > 9 ? "‚" : ""}${lowered(j + 1)}` : `b${lowered(i + 1)}`} = δ${lowered(i + 1)} · ${input(j)} = ${shown(x)}`;
    const grids = {
        delta: matrixGrid(host, { label: "δ", explain: (i, _, x) => `δ${lowered(i + 1)} = ∂Φ/∂${unit(i)} = ${shown(x)}` }),
        z: matrixGrid(host, { label: "ẑ transposed", explain: (_, j, x) => `${input(j)}${input(j) === "1" ? ", for the bias" : ` = ${shown(x)}`}` }),
        product: matrixGrid(host, { label: "δ ẑᵀ", explain: explainProduct }),
        gradient: matrixGrid(host, { label: "the same by net.gradient", explain: explainProduct }),
    };
    const piece = (name, key) => h("div", { class: "forward-piece", "data-piece": key }, h("div", { class: "forward-name" }, name), grids[key].el);
    const sign = (text) => h("div", { class: "forward-sign", "aria-hidden": "true" }, text);
    const variables = (l) => fenced(mrow(sub(mi("A"), mn(l)), mo(","), sub(mi("b"), mn(l))));
    const last = h("span", {});
    const names = { delta: formula(mi("δ")), z: formula(sup(mi("ẑ"), mi("T"))), product: last, gradient: "net.gradient, this layer" };
    const line = h("div", { class: "forward-line" }, piece(names.delta, "delta"), sign("·"), piece(names.z, "z"), sign("="), piece(names.product, "product"),
        sign("beside"), piece(names.gradient, "gradient"));
    const fig = figure({ title: "The factored form: the error's derivative in A and b is a column times a row", name: "layer-factored" }, line);
    let layer = 0;
    return {
        el: fig.el,
        update({ factored, settings, inputs, fan_out: fanOut }) {
            if (settings.layer !== layer) put(last, formula(frac(mrow(mi("∂"), mi("Φ")), mrow(mi("∂"), variables(settings.layer)))));
            layer = settings.layer;
            const sums = range(fanOut).map(unit);
            grids.delta.update(factored.delta, { rowNames: sums });
            grids.z.update(factored.z, { columnNames: [...inputs, "1"] });
            grids.product.update(factored.product, { columnNames: [...inputs, "1"] });
            grids.gradient.update(factored.gradient, { columnNames: [...inputs, "1"] });
        },
    };
}
