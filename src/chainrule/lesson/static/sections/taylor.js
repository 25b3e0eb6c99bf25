/* Section 6: F and its models over the plane and along Δx, and what they leave out. */
import { h, setAttributes, setText } from "../kit/dom.js";
import { choice, row, slider } from "../kit/controls.js";
import { facts } from "../kit/facts.js";
import { figure } from "../kit/figure.js";
import { heatMap } from "../kit/heat.js";
import { matrixGrid } from "../kit/matrix.js";
import { shown } from "../kit/numbers.js";
import { plot } from "../kit/plot.js";

const MODELS = [["f", "F", "ink"], ["first", "tangent", "positive"], ["second", "second order", "negative"]];
const LINES = MODELS.map(([key, name, kind]) => ({ key, name, kind, dashed: key === "second" }));

export const taylorSection = {
    name: "taylor",
    build(host) {
        const set = (values) => host.send({ do: "taylor.set", ...values });
        let scene = null;
        const which = choice({ label: "Output", options: [{ value: 0, label: "1" }], value: 0, change: (k) => set({ output: k }), disabled: host.saved });
        const steps = [0, 1].map((axis) => stepSlider(host, (x) => {
            const step = [...scene.settings.step];
            step[axis] = x;
            if (step.some((share) => share !== 0)) set({ step });
        }));
        const now = facts([["x", "F at x"], ["f", "F at x + Δx"], ["first", "Tangent there"], ["second", "Second order there"],
            ["leftFirst", "The tangent leaves out"], ["leftSecond", "Second order leaves out"]]);
        const slopes = facts([["slope2", "Slope, tangent"], ["slope3", "Slope, second order"], ["length", "‖Δx‖"]]);
        const maps = MODELS.map(([key, name]) => planeMap(host, key, name, (x, y) => set({ step: shareOf(scene.plane, [x, y]) })));
        const planes = h("div", { class: "taylor-planes" }, maps.map((one) => one.el));
        const line = plot(host, { label: "F and its models along Δx", x: { label: "multiples of Δx" }, y: { label: "output" }, height: 290,
            explain: (one, x, y) => `${one.name} at x + ${shown(x)} Δx: ${shown(y)}` });
        const remainders = plot(host, { label: "what the models leave out", x: { label: "length of the step", log: true },
            y: { label: "left out", log: true }, height: 290,
            explain: (one, x, y) => `${one.name}: ${shown(y)} at a step of length ${shown(x)}` });
        const jacobian = matrixGrid(host, { label: "DF(x)" });
        host.el.append(
            row(which.el, steps.map((one) => one.el)), now.el, planes,
            h("div", { class: "columns" },
                figure({ title: "Along Δx", name: "taylor-line" }, line.el).el,
                h("div", {}, figure({ title: "What is left out, over the length of the step; upright: ‖Δx‖", name: "taylor-remainders" }, remainders.el).el, slopes.el)),
            figure({ title: "The derivative DF(x): a row for each output, a column for each input", name: "taylor-jacobian", plain: true }, jacobian.el).el,
        );
        return {
            update(scene_, common) {
                scene = scene_;
                const { plane, settings, at, left, remainders: rest } = scene;
                which.set(scene.output, { options: common.outputs.slice(0, common.layer_sizes.at(-1)).map((name, k) => ({ value: k, label: name })) });
                which.el.hidden = common.layer_sizes.at(-1) === 1;
                steps.forEach((one, axis) => one.update(plane.names[axis], settings.step[axis]));
                now.update({ x: scene.value, ...at, leftFirst: left.first, leftSecond: left.second });
                slopes.update({ slope2: rest.slopes[0], slope3: rest.slopes[1], length: scene.length });
                planes.hidden = scene.maps === null;
                if (scene.maps !== null) maps.forEach((one) => one.update(scene));
                line.update({ lines: LINES.map((one) => ({ ...one, x: scene.line.t, y: scene.line[one.key] })),
                    marks: [{ x: 0, text: "x" }, { x: 1, text: "x + Δx" }], limits: { x: [-1.5, 1.5] } });
                remainders.update({ lines: remainderLines(rest), marks: [{ x: scene.length }] });
                jacobian.update(scene.jacobian, { columnNames: common.inputs, rowNames: common.outputs });
            },
        };
    },
};

function remainderLines({ length, first, second, two, three }) {
    return [
        { name: "slope 2", x: length, y: two, kind: "faint", dashed: true },
        { name: "slope 3", x: length, y: three, kind: "faint", dashed: true },
        { name: "tangent", x: length, y: first, kind: "positive" },
        { name: "second order", x: length, y: second, kind: "negative" },
    ];
}

function stepSlider(host, move) {
    const one = slider({ label: "Δ", min: -2, max: 2, step: 0.01, value: 0, format: shown, input: move, disabled: host.saved });
    const label = one.el.querySelector("label");
    return {
        el: one.el,
        update(name, share) {
            one.el.hidden = name === undefined;
            if (name === undefined) return;
            setText(label, `Δ${name}, in halves of the plane’s width`);
            one.set(share);
        },
    };
}

/* Where a handle was dragged to, as the setting has it: in half widths of the plane, from the row. */
function shareOf({ point, half }, place) {
    const share = place.map((x, axis) => Math.max(-2, Math.min(2, (x - point[axis]) / half[axis])));
    return share.some((x) => x !== 0) ? share : [0.01, 0];
}

/* One of the three maps, with the row and the step on it. */
function planeMap(host, key, name, drag) {
    const map = heatMap({ label: `${name} over the plane`, smooth: true });
    let drawing = null;
    let names = "";
    const frame = h("div", { class: "taylor-plane" });
    const fig = figure({ title: name, name: `taylor-${key}` }, frame);
    const update = ({ maps, plane }) => {
        map.update(maps[key], maps.level);
        if (names !== plane.names.join()) {
            drawing?.el.remove();
            drawing = plot(host, { label: `the plane, with ${name}`, width: 300, height: 296, behind: map.el, x: { label: plane.names[0] }, y: { label: plane.names[1] },
                explain: () => "from the row to the end of Δx" });
            frame.append(drawing.el);
            names = plane.names.join();
        }
        const [[x, y], [a, b]] = [plane.point, plane.end];
        drawing.update({
            lines: [{ name: "Δx", x: [x, a], y: [y, b], kind: "ink" }], points: [{ x, y, kind: "ink", size: 5 }],
            handles: host.saved ? [] : [{ name: `end of Δx, on ${name}`, x: a, y: b, drag, step: plane.half.map((half) => half / 50) }],
            limits: { x: [plane.low[0], plane.high[0]], y: [plane.low[1], plane.high[1]] },
        });
        setAttributes(frame, { "data-model": key });
    };
    return { el: fig.el, update };
}
