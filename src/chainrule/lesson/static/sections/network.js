/* Section 1: data, layers, learning; the graph, the output over the plane, the learning curve. */
import { h, setText } from "../kit/dom.js";
import { netGraph, thingName } from "../kit/graph.js";
import { facts } from "../kit/facts.js";
import { figure } from "../kit/figure.js";
import { numberField, row, slider } from "../kit/controls.js";
import { plot } from "../kit/plot.js";
import { count, percent, shown } from "../kit/numbers.js";
import { dataControls, layerControls, learningControls } from "./network_controls.js";
import { outputPlane } from "./network_plane.js";

const FACTS = [["loss", "Error, all rows"], ["correct", "Classified right", percent], ["parameters", "Parameters", count]];

export const networkSection = {
    name: "network",
    build(host) {
        const set = (values) => host.send({ do: "network.set", ...values });
        const data = dataControls(host, set);
        const layers = layerControls(host, set);
        const learning = learningControls(host, set);
        const weight = weightEditor(host);
        const graph = netGraph(host, { label: "the network: weights as lines, units as their responses", change: weight.change, pick: weight.pick });
        const plane = outputPlane(host);
        const curve = plot(host, { label: "learning curve", x: { label: "epoch" }, y: { label: "error", log: true }, height: 250,
            explain: (line, x, y) => `${line.name} error after ${shown(x)} epochs: ${shown(y)}` });
        const now = facts(FACTS);
        host.el.append(
            data.el,
            h("div", { class: "network-figures" },
                h("div", {}, layers.el, figure({ title: "Weights as lines, each unit’s response over the plane", name: "network" }, graph.el).el, weight.el),
                h("div", {}, plane.el, now.el)),
            h("div", { class: "network-figures" }, figure({ title: "Learning curve", name: "learning-curve" }, curve.el).el, learning.el),
        );
        return {
            update(scene) {
                data.update(scene);
                layers.update(scene);
                learning.update(scene);
                graph.update(scene.graph, scene.plane.level);
                weight.update(scene.graph);
                plane.update(scene, host.common());
                curve.update({ lines: curveLines(scene.curve) });
                now.update({ loss: scene.loss.value, correct: scene.correct, parameters: scene.parameters });
                now.name("loss", capital(scene.loss.name));
                now.hide("correct", scene.correct === null);
            },
        };
    },
};

function curveLines({ epoch, loss, validation }) {
    const training = { name: "training", x: epoch, y: loss, kind: "positive" };
    return validation ? [training, { name: "validation", x: epoch, y: validation, kind: "negative", dashed: true }] : [training];
}

function capital(words) {
    return words.charAt(0).toUpperCase() + words.slice(1);
}

/* The weight or bias that was picked in the graph: its name, a slider and a field. */
function weightEditor(host) {
    let thing = { layer: 0, row: 0, column: 0 };
    let value = 0;
    const send = (which, x) => {
        const { layer, row: i, column, unit } = which;
        const message = unit === undefined ? { do: "network.weight", layer, row: i, column } : { do: "network.bias", layer, unit };
        host.send({ ...message, value: x });
    };
    const name = h("p", { class: "weight-name" });
    const range = slider({ label: "Value", min: -5, max: 5, step: 0.01, value: 0, format: shown, input: (x) => send(thing, x), disabled: host.saved });
    const field = numberField({ label: "exactly", value: 0, width: 22, change: (x) => send(thing, x), disabled: host.saved });
    const say = (words) => setText(name, `${thingName(thing)}: ${words}`);
    return {
        el: h("div", { class: "weight-editor" }, name, row(range.el, field.el),
            h("p", { class: "note" }, "Drag a line or a unit up and down, or pick it and use the arrow keys.")),
        change: send,
        pick(which, words) {
            thing = which;
            say(words);
        },
        update(graph) {
            const { layer, row: i, column, unit } = thing;
            value = unit === undefined ? graph.weights[layer]?.[i]?.[column] : graph.layers[layer + 1]?.units[unit]?.bias;
            range.set(value ?? null);
            field.set(value ?? null);
        },
    };
}
