/* Section 2: one row goes forward; each number of q and z written out as the sum it is. */
import { h, put, setText } from "../kit/dom.js";
import { numberField, row, stepper, toggle } from "../kit/controls.js";
import { facts } from "../kit/facts.js";
import { figure } from "../kit/figure.js";
import { formula, mi, mn, mo, mrow, sub } from "../kit/formula.js";
import { matrixGrid } from "../kit/matrix.js";
import { lowered, numberSpan, shown } from "../kit/numbers.js";

const MOST_TERMS = 24;

export const forwardSection = {
    name: "forward",
    build(host) {
        let scene = null;
        let augmented = false;
        let pointed = { layer: 0, unit: 0 };
        const choose = (k) => host.send({ do: "choose row", row: k });
        const which = stepper({ label: "Row", min: 0, max: 1, value: 0, change: choose, disabled: host.saved });
        const field = numberField({ label: "row number", value: 0, width: 6, change: choose, disabled: host.saved });
        const hats = toggle({ label: "bias as part of the matrix (Â)", value: false, change: (on) => switchTo(on) });
        const now = facts([["error", "Error of this row"]]);
        const inputs = h("p", { class: "forward-row" });
        const sum = h("div", { class: "forward-sum", "aria-live": "off" });
        const lines = h("div", { class: "forward-layers" });
        host.el.append(row(which.el, field.el, hats.el, now.el), inputs, sum, lines);
        let layers = [];
        let key = "";

        const switchTo = (on) => {
            if (host.saved) update({ ...scene, settings: { ...scene.settings, augmented: on } }, host.common());
            else host.send({ do: "forward.set", augmented: on });
        };
        const point = (layer, unit) => {
            if (pointed.layer === layer && pointed.unit === unit) return;
            pointed = { layer, unit };
            redraw();
        };
        const redraw = () => {
            layers.forEach((layer, l) => layer.update(scene, l, augmented, pointed));
            writeSum(sum, scene, pointed, augmented);
        };
        const update = (now_, common) => {
            scene = now_;
            augmented = scene.settings.augmented;
            hats.set(augmented);
            which.set(scene.row, { max: common.n_rows - 1 });
            field.set(scene.row);
            now.update({ error: scene.error.value });
            putRow(inputs, scene);
            const wanted = JSON.stringify([augmented, scene.layers.map((layer) => [layer.shape, layer.activation])]);
            if (wanted !== key) {
                layers = scene.layers.map((_, l) => layerLine(host, scene, l, augmented, point));
                put(lines, layers.map((layer) => layer.el));
                pointed = { layer: Math.min(pointed.layer, layers.length - 1), unit: 0 };
            }
            key = wanted;
            redraw();
        };
        return { update };
    },
};

function putRow(line, { row: number, names, input, target, output }) {
    const shownInputs = names.slice(0, 12).map((name, k) => [k > 0 && ", ", `${name} = `, numberSpan(input[k])]);
    put(line, `Row ${number}: `, shownInputs, names.length > 12 && `, … (${names.length} inputs)`, "; its answer is ",
        listOf(target), ", the network says ", listOf(output), ".");
}

function listOf(values) {
    return values.slice(0, 12).map((x, k) => [k > 0 && ", ", numberSpan(x)]);
}

/* One layer: A z + b = q, then σ; or Â ẑ = q̂ with the bias in the matrix. */
function layerLine(host, scene, l, augmented, point) {
    const { shape: [fanIn, fanOut], activation } = scene.layers[l];
    const n = l + 1;
    const qName = (k) => `q${lowered(n)},${lowered(k + 1)}`;
    const zName = (k) => `z${lowered(n)},${lowered(k + 1)}`;
    const unitOf = (i) => (augmented ? i - 1 : i);
    const follow = (say) => (i, j, x) => {
        if (unitOf(i) >= 0) point(l, unitOf(i));
        return unitOf(i) < 0 ? "the 1 that goes along, so that the bias is part of the matrix" : say(unitOf(i), unitOf(j), x);
    };
    const grids = {
        A: matrixGrid(host, { label: `${augmented ? "Â" : "A"}, layer ${n}`, explain: follow((i, j, x) =>
            (augmented && j < 0 ? `bias of unit ${i + 1} of layer ${n}: ${shown(x)}` : `weight to unit ${i + 1} from input ${j + 1} of layer ${n}: ${shown(x)}`)) }),
        z: matrixGrid(host, { label: `input of layer ${n}`, explain: (i, j, x) => `input ${unitOf(i) + 1} of layer ${n}: ${shown(x)}` }),
        b: matrixGrid(host, { label: `b, layer ${n}`, explain: follow((i, _, x) => `bias of unit ${i + 1} of layer ${n}: ${shown(x)}`) }),
        q: matrixGrid(host, { label: `q, layer ${n}`, explain: follow((i, _, x) => `${qName(i)} = ${shown(x)}`) }),
        out: matrixGrid(host, { label: `z, layer ${n}`, explain: follow((i, _, x) => `${zName(i)} = ${activation}(${qName(i)}) = ${shown(x)}`) }),
    };
    const hat = (name) => (augmented ? `${name}̂` : name);
    const piece = (name, index, grid) => h("div", { class: "forward-piece" }, h("div", { class: "forward-name" }, formula(sub(mi(name), mn(index)))), grid.el);
    const sign = (text) => h("div", { class: "forward-sign", "aria-hidden": "true" }, text);
    const from = l === 0 ? "x" : "z";
    const input = h("div", { class: "forward-piece" }, h("div", { class: "forward-name" }, formula(l === 0 ? mi(hat(from)) : sub(mi(hat(from)), mn(String(l))))), grids.z.el);
    const drawing = figure({ title: `Layer ${n}: ${fanIn} → ${fanOut}, ${activation}`, name: `forward-layer-${n}` });
    const line = h("div", { class: "forward-line" }, piece(hat("A"), n, grids.A), input, augmented ? null : [sign("+"), piece("b", n, grids.b)],
        sign("="), piece(hat("q"), n, grids.q), h("div", { class: "forward-sign" }, formula(mrow(mi("σ"))), sign("→")), piece(hat("z"), n, grids.out));
    const column = (values, first) => {
        const all = augmented ? [first, ...values] : values;
        return { shape: [all.length, 1], values: all.map((x) => [x]) };
    };
    const update = (now, at, hats, { layer, unit }) => {
        const one = now.layers[at];
        const lit = layer === at ? unit + (hats ? 1 : 0) : -1;
        const mark = (i) => (i === lit ? "lit" : null);
        grids.A.update(hats ? one.augmented : one.weights, { mark });
        grids.z.update(column(at === 0 ? now.input : now.layers[at - 1].z, 1), { mark: () => (layer === at ? "own" : null) });
        if (!hats) grids.b.update(column(one.bias, 1), { mark });
        grids.q.update(column(one.q, 1), { mark });
        grids.out.update(column(one.z, 1), { mark });
    };
    drawing.body.append(line);
    return { el: drawing.el, update };
}

/* The sum behind one number of q, and what σ makes of it. */
function writeSum(host, scene, { layer, unit }, augmented) {
    const one = scene.layers[layer];
    const z = layer === 0 ? scene.input : scene.layers[layer - 1].z;
    const n = layer + 1;
    const named = (letter) => formula(sub(mi(letter), mrow(mn(n), mo(","), mn(unit + 1))), mo("="));
    const weights = one.weights.values?.[unit];
    const bias = h("span", { class: "term" }, augmented ? [signedNumber(one.bias[unit]), " · 1"] : signedNumber(one.bias[unit]));
    const terms = (weights ?? []).slice(0, MOST_TERMS).map((w, k) => h("span", { class: "term" }, signedNumber(w), " · ", signedNumber(z[k])));
    const more = z.length - terms.length;
    const all = augmented ? [bias, ...terms] : [...terms];
    if (more > 0) all.push(h("span", { class: "term" }, `… ${more} more`));
    if (!augmented) all.push(bias);
    const softmax = one.activation === "softmax";
    put(host,
        h("p", {}, named("q"), " ", all.flatMap((term, k) => (k === 0 ? [term] : [" + ", term])), " = ", strong(one.q[unit])),
        h("p", {}, named("z"), ` ${one.activation}(`, numberSpan(one.q[unit]), softmax ? ", all of q" : "", ") = ", strong(one.z[unit]),
            one.slope && h("span", { class: "note" }, "  with slope σ′ = ", numberSpan(one.slope[unit]))));
}

function strong(x) {
    const number = numberSpan(x);
    number.classList.add("result");
    return number;
}

function signedNumber(x) {
    const number = numberSpan(x);
    if (x < 0) setText(number, `(${shown(x)})`);
    number.classList.add(x < 0 ? "negative" : "positive");
    return number;
}
