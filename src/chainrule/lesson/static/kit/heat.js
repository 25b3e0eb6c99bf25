/* A heat map on a canvas: {shape: [h, w], low, high, bytes}, byte 0 is low, 254 is high, 255 is not a number.
 *
 *   const map = heatMap({label: "output over the plane", smooth: true});   map.el is the canvas
 *   map.update(heat, {low: 0, middle: 0.5, high: 1})    values that are fully orange, paper, fully blue;
 *                                                       left out: the largest magnitude both ways around 0
 *   map.update(heat, level, {winner, all})              three classes and more: winner says which class has each place;
 *                                                       the strength of its colour is that class's own heat map of all
 *   SCALE                                               a heat map of all its colours, for a legend
 *   valueAt(heat, i, j)                                 the value of a cell, to 1/254 of its range; null for what is not finite
 */
import { h } from "./dom.js";
import { colour, mixed, signed, whenColoursChange } from "./colours.js";

/* Pictures of functions are paler than matrices: points and lines lie on them. */
const CALM = 0.72;

export function heatMap({ label, smooth = false }) {
    const el = h("canvas", { class: smooth ? "heat smooth" : "heat", role: "img", "aria-label": label, width: 1, height: 1 });
    const context = el.getContext("2d");
    let last = null;
    let image = null;
    const draw = () => {
        const [rows, columns] = last.heat.shape;
        if (el.width !== columns || el.height !== rows || image === null) {
            el.width = columns;
            el.height = rows;
            image = context.createImageData(columns, rows);
        }
        const pixels = new Uint32Array(image.data.buffer);
        if (last.classes) paintClasses(pixels, decode(last.classes.winner), last.classes.all.map(decode));
        else paint(pixels, decode(last.heat), tableOf(last.heat, last.level ?? aroundZero(last.heat), smooth ? CALM : 1));
        context.putImageData(image, 0, 0);
    };
    const redraw = () => last && el.isConnected && draw();
    whenColoursChange(redraw);
    return {
        el,
        redraw,
        update(heat, level = null, classes = null) {
            if (last && !classes && !last.classes && last.heat.bytes === heat.bytes && last.heat.low === heat.low
                && last.heat.high === heat.high && sameLevel(last.level, level)) return;
            last = { heat, level, classes };
            draw();
        },
    };
}

export function valueAt(heat, i, j) {
    const byte = decode(heat)[i * heat.shape[1] + j];
    return byte === 255 ? null : heat.low + ((heat.high - heat.low) * byte) / 254;
}

/* Numbers as a heat map, for what arrives without one: only scaled to pixels. */
export function heatOf(values) {
    const flat = values.flat();
    const high = flat.reduce((largest, x) => Math.max(largest, Math.abs(x ?? 0)), 0);
    const byteOf = (x) => (x === null ? 255 : Math.round(127 + (127 * x) / (high || 1)));
    const bytes = btoa(flat.map((x) => String.fromCharCode(byteOf(x))).join(""));
    return { shape: [values.length, values[0]?.length ?? 0], low: -high, high, bytes };
}

/* All colours from low to high, for a legend. */
export const SCALE = { shape: [1, 255], low: -1, high: 1, bytes: btoa(String.fromCharCode(...Array(255).keys())) };

function aroundZero({ low, high }) {
    const largest = Math.max(Math.abs(low ?? 0), Math.abs(high ?? 0)) || 1;
    return { low: -largest, middle: 0, high: largest };
}

function sameLevel(a, b) {
    return a === b || (a && b && a.low === b.low && a.middle === b.middle && a.high === b.high);
}

function decode({ bytes }) {
    const text = atob(bytes);
    const out = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) out[i] = text.charCodeAt(i);
    return out;
}

/* The 256 colours of this heat map, as the 32 bits of a pixel. */
function tableOf({ low, high }, level, strength) {
    const table = new Uint32Array(256);
    for (let byte = 0; byte < 256; byte += 1) {
        const value = low + ((high - low) * byte) / 254;
        const reach = value < level.middle ? level.middle - level.low : level.high - level.middle;
        table[byte] = pixel(signed(reach > 0 ? strength * Math.max(-1, Math.min(1, (value - level.middle) / reach)) : 0));
    }
    table[255] = pixel(colour("faint"));
    return table;
}

function paint(pixels, bytes, table) {
    for (let i = 0; i < bytes.length; i += 1) pixels[i] = table[bytes[i]];
}

function paintClasses(pixels, winners, strengths) {
    const tables = new Map();
    for (let i = 0; i < winners.length; i += 1) {
        if (!tables.has(winners[i])) tables.set(winners[i], tableOfClass(winners[i]));
        pixels[i] = tables.get(winners[i])[strengths[winners[i]][i]];
    }
}

function tableOfClass(index) {
    const full = colour(`class-${index % 6}`);
    return Uint32Array.from({ length: 256 }, (_, byte) => pixel(mixed(colour("plain"), full, 0.1 + (0.65 * byte) / 254)));
}

function pixel([r, g, b]) {
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
