/* The controls of section 1: which data, which layers, how learning goes. */
import { h, listen } from "../kit/dom.js";
import { button, choice, controlGroup, numberField, slider, stepper } from "../kit/controls.js";
import { brief, percent } from "../kit/numbers.js";
import { range } from "../kit/matrix.js";

const MOST_LAYERS = 12;

export function dataControls(host, set) {
    const off = host.saved;
    const data = choice({ label: "Data", options: [], change: (value) => set({ data: value }), disabled: off });
    const rows = slider({ label: "Rows", min: 10, max: 2000, log: true, whole: true, value: 200, input: (n) => set({ n }), disabled: off });
    const noise = slider({ label: "Noise", min: 0, max: 1, step: 0.05, value: 0.1, format: (x) => percent(x).replace(".0", ""), input: (x) => set({ noise: x }), disabled: off });
    const seed = numberField({ label: "Seed", value: 0, width: 6, change: (x) => set({ seed: x }), disabled: off });
    const file = h("input", { type: "file", accept: ".csv,.tsv,.txt,.parquet,.xlsx,.json", class: "for-readers", tabindex: "-1", "aria-label": "a table from a file" });
    listen(file, "change", () => {
        if (file.files.length > 0) host.upload(file.files[0]);
        file.value = "";
    });
    const open = button({ text: "Table from a file…", press: () => file.click(), disabled: off });
    const columns = columnControls(host);
    return {
        el: controlGroup("Data", data.el, rows.el, noise.el, seed.el, open.el, file, columns.el),
        update({ settings, choices, plane }) {
            data.set(settings.data, { options: choices.data });
            const made = plane.columns === null && settings.data !== "drawn";
            columns.update(choices, plane.columns);
            rows.set(settings.n, { disabled: off || !made });
            noise.set(settings.noise, { disabled: off || !made });
            seed.set(settings.seed);
        },
    };
}

/* Of a table: the columns of the plane, and which one is learnt. */
function columnControls(host) {
    let chosen = { horizontal: "", vertical: "" };
    const make = (label, change) => choice({ label, options: [], disabled: host.saved, change });
    const axes = (values) => host.send({ do: "network.axes", horizontal: chosen.horizontal, vertical: chosen.vertical, ...values });
    const across = make("Across", (value) => axes(value === chosen.vertical ? { horizontal: value, vertical: chosen.horizontal } : { horizontal: value }));
    const upwards = make("Upwards", (value) => axes(value === chosen.horizontal ? { vertical: value, horizontal: chosen.vertical } : { vertical: value }));
    const target = make("Learn", (column) => host.send({ do: "network.target", column }));
    const el = h("div", { class: "controls", hidden: true }, across.el, upwards.el, target.el);
    const update = (choices, columns) => {
        el.hidden = columns === null;
        if (el.hidden) return;
        chosen = columns;
        across.el.hidden = upwards.el.hidden = choices.columns.length < 2;
        target.el.hidden = choices.targets.length === 0;
        across.set(columns.horizontal, { options: choices.columns });
        upwards.set(columns.vertical, { options: choices.columns });
        target.set(columns.target, { options: choices.targets });
    };
    return { el, update };
}

export function layerControls(host, set) {
    const off = host.saved;
    let hidden = [];
    let activations = [];
    const depth = stepper({ label: "Hidden layers", min: 0, max: MOST_LAYERS, value: 0, change: (n) => resize(n), disabled: off });
    const resize = (n) => set({
        hidden: range(n).map((k) => hidden[k] ?? hidden.at(-1) ?? 4),
        activations: range(n).map((k) => activations[k] ?? activations.at(-1) ?? "tanh"),
    });
    const layers = range(MOST_LAYERS).map((k) => {
        const width = stepper({ label: `Layer ${k + 1}`, min: 1, max: 200, value: 1, disabled: off,
            change: (n) => set({ hidden: hidden.map((old, i) => (i === k ? n : old)), activations }) });
        const activation = choice({ label: `Activation ${k + 1}`, options: [], disabled: off,
            change: (value) => set({ hidden, activations: activations.map((old, i) => (i === k ? value : old)) }) });
        return { el: h("div", { class: "layer-controls", hidden: true }, width.el, activation.el), width, activation };
    });
    return {
        el: controlGroup("Layers", depth.el, layers.map((layer) => layer.el)),
        update({ settings, choices }) {
            ({ hidden, activations } = settings);
            depth.set(hidden.length);
            layers.forEach((layer, k) => {
                layer.el.hidden = k >= hidden.length;
                if (layer.el.hidden) return;
                layer.width.set(hidden[k]);
                layer.activation.set(activations[k], { options: choices.activation });
            });
        },
    };
}

export function learningControls(host, set) {
    const off = host.saved;
    const loss = choice({ label: "Loss", options: [], change: (value) => set({ loss: value }), disabled: off });
    const solver = choice({ label: "Solver", options: [], change: (value) => set({ solver: value }), disabled: off });
    const rate = slider({ label: "Rate", min: 1e-5, max: 3, log: true, value: 0.01, input: (x) => set({ rate: x }), disabled: off });
    const batch = slider({ label: "Batch", min: 1, max: 2000, log: true, whole: true, value: 10, input: (batch) => set({ batch }), disabled: off });
    const l2 = slider({ label: "L2", min: 0, max: 1, step: 0.001, value: 0, format: brief, input: (x) => set({ l2: Number(x.toFixed(3)) }), disabled: off });
    return {
        el: controlGroup("Learning", solver.el, loss.el, rate.el, batch.el, l2.el),
        update({ settings, choices, used }) {
            loss.set(settings.loss, { options: choices.loss });
            solver.set(settings.solver, { options: choices.solver });
            rate.set(settings.rate, { disabled: off || used?.rate === false });
            batch.set(settings.batch, { disabled: off || used?.batch === false });
            l2.set(settings.l2);
        },
    };
}
