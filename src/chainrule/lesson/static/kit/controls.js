/* Labelled controls that work by keyboard. Each gives {el, set(…)}; set changes what is shown and sends nothing,
 * and leaves alone what a person is typing or dragging just now.
 *
 *   button({text, label, title, press, kind})                  .set({text, disabled, pressed})
 *   slider({label, min, max, step, log, value, format, input}) .set(value, {disabled})     input(value) while it moves
 *   stepper({label, min, max, step, value, change})            .set(value, {disabled})     − 8 +
 *   choice({label, options: [{value, label}], value, change})  .set(value, {options, disabled})
 *   toggle({label, value, change})                             .set(value, {disabled})
 *   textField({label, value, change, width})                   .set(value, {disabled, fault})   change(text) at Enter or leaving
 *   numberField({label, value, change, width})                 .set(value, {disabled})     change(number)
 *   row(...children)  a line of controls that wraps            controlGroup("Data", ...children)  with a legend
 *
 * A control made in a saved page: pass disabled: host.saved.
 */
import { freshId, h, hasFocus, listen, setAttributes, setText } from "./dom.js";
import { brief, readNumber } from "./numbers.js";

export function row(...children) {
    return h("div", { class: "controls" }, ...children);
}

export function controlGroup(legend, ...children) {
    return h("fieldset", { class: "control-group" }, h("legend", {}, legend), h("div", { class: "controls" }, ...children));
}

export function button({ text, label = null, title = null, press, kind = "", pressed = null, disabled = false }) {
    const el = h("button", { type: "button", class: `button ${kind}`, "aria-label": label, title, disabled, onclick: () => press() }, text);
    const set = ({ text: words, disabled: off, pressed: down } = {}) => {
        if (words !== undefined) setText(el, words);
        if (off !== undefined) setAttributes(el, { disabled: off });
        if (down !== undefined && down !== null) setAttributes(el, { "aria-pressed": String(down) });
    };
    set({ pressed });
    return { el, set };
}

export function slider({ label, min, max, step = null, log = false, whole = false, value, format = brief, input, change = null, disabled = false }) {
    const range = log ? { min: 0, max: 600, step: 1 } : { min, max, step: step ?? "any" };
    const toPlace = (x) => (log ? Math.round((600 * Math.log(x / min)) / Math.log(max / min)) : x);
    const rounded = (x) => (whole ? Math.round(x.toPrecision(2)) : Number(x.toPrecision(2)));
    const toValue = (place) => (log ? rounded(min * (max / min) ** (place / 600)) : place);
    const control = h("input", { type: "range", ...range });
    const number = h("output", { class: "control-value" });
    const el = labelled(label, control, number);
    let dragged = false;
    let now = value;
    const show = (x) => {
        now = x;
        setText(number, format(x));
        setAttributes(number, { "data-value": String(x) });
        setAttributes(control, { "aria-valuetext": format(x) });
    };
    listen(control, "pointerdown", () => (dragged = true));
    listen(control, "pointerup", () => (dragged = false));
    listen(control, "pointercancel", () => (dragged = false));
    /* A key moves by one place, where the rounded value may be the same: it goes on to the next value. */
    const moved = (place) => {
        const by = Math.sign(place - toPlace(now));
        while (log && !dragged && by !== 0 && toValue(place) === now && place > 0 && place < 600) place += by;
        return place;
    };
    listen(control, "input", () => {
        const place = moved(Number(control.value));
        if (log && !dragged) control.value = String(place);
        const x = toValue(place);
        show(x);
        input?.(x);
    });
    listen(control, "change", () => change?.(toValue(Number(control.value))));
    const set = (x, { disabled: off } = {}) => {
        if (off !== undefined) disable(el, control, off);
        if (x === undefined || x === null || dragged) return;
        setAttributes(control, { value: String(toPlace(x)) });
        control.value = String(toPlace(x));
        show(x);
    };
    set(value, { disabled });
    return { el, set, input: control };
}

export function stepper({ label, min, max, step = 1, value, change, disabled = false }) {
    let now = value;
    let off = disabled;
    const number = h("output", { class: "control-value stepper-value" });
    const less = button({ text: "−", label: `${label}: fewer`, kind: "small", press: () => move(-step) });
    const more = button({ text: "+", label: `${label}: more`, kind: "small", press: () => move(step) });
    const el = h("div", { class: "control stepper", role: "group", "aria-label": label }, h("span", { class: "control-label" }, label),
        h("span", { class: "stepper-buttons" }, less.el, number, more.el));
    const move = (by) => {
        const wanted = Math.min(max, Math.max(min, now + by));
        if (wanted === now) return;
        set(wanted);
        change(wanted);
    };
    const set = (x, { disabled: unable, max: most } = {}) => {
        if (unable !== undefined) off = unable;
        if (most !== undefined) max = most;
        if (x !== undefined && x !== null) now = x;
        setText(number, brief(now));
        setAttributes(number, { "data-value": String(now) });
        less.set({ disabled: off || now <= min });
        more.set({ disabled: off || now >= max });
    };
    set(value);
    return { el, set };
}

export function choice({ label, options, value, change, disabled = false }) {
    const control = h("select", {});
    const el = labelled(label, control);
    listen(control, "change", () => change(options.find((one) => String(one.value) === control.value).value));
    let known = "";
    const offer = (wanted) => {
        options = wanted.map((one) => (typeof one === "object" ? one : { value: one, label: String(one) }));
        const key = JSON.stringify(options);
        if (key === known) return;
        known = key;
        control.replaceChildren(...options.map((one) => h("option", { value: String(one.value) }, one.label)));
    };
    const set = (x, { options: wanted, disabled: off } = {}) => {
        if (wanted) offer(wanted);
        if (off !== undefined) disable(el, control, off);
        if (x !== undefined && x !== null && control.value !== String(x)) control.value = String(x);
    };
    offer(options);
    set(value, { disabled });
    return { el, set, input: control };
}

export function toggle({ label, value, change, disabled = false }) {
    const control = h("input", { type: "checkbox", role: "switch" });
    const el = h("label", { class: "control toggle" }, control, h("span", { class: "control-label" }, label));
    listen(control, "change", () => change(control.checked));
    const set = (x, { disabled: off } = {}) => {
        if (off !== undefined) disable(el, control, off);
        if (x !== undefined && x !== null) control.checked = x;
    };
    set(value, { disabled });
    return { el, set, input: control };
}

export function textField({ label, value = "", change, width = 12, kind = "", disabled = false }) {
    const fault = h("span", { class: "fault", id: freshId("fault") });
    const control = h("input", {
        type: "text", size: width, class: kind, spellcheck: "false", autocomplete: "off", autocapitalize: "off", "aria-describedby": fault.id,
    });
    const el = labelled(label, control, fault);
    let sent = value;
    const offer = () => {
        if (control.value === sent) return;
        sent = control.value;
        change(sent);
    };
    listen(control, "change", offer);
    listen(control, "keydown", (event) => {
        if (event.key === "Enter") offer();
        if (event.key === "Escape") control.value = sent;
    });
    const set = (x, { disabled: off, fault: words } = {}) => {
        if (off !== undefined) disable(el, control, off);
        if (words !== undefined) {
            setText(fault, words ?? "");
            setAttributes(control, { "aria-invalid": words ? "true" : null });
        }
        if (x === undefined || x === null || (hasFocus(control) && control.value !== sent)) return;
        sent = String(x);
        if (control.value !== sent) control.value = sent;
    };
    set(value, { disabled });
    return { el, set, input: control };
}

export function numberField({ label, value, change, width = 7, disabled = false }) {
    const field = textField({
        label, width, disabled, kind: "numeric",
        value: value === undefined || value === null ? "" : String(value),
        change: (text) => {
            const x = readNumber(text);
            field.set(null, { fault: x === null ? "not a number" : null });
            if (x !== null) change(x);
        },
    });
    field.input.inputMode = "decimal";
    return { el: field.el, input: field.input, set: (x, more) => field.set(x === null || x === undefined ? x : String(x), more) };
}

function labelled(label, control, ...after) {
    control.id = freshId("control");
    return h("div", { class: "control" }, h("label", { class: "control-label", for: control.id }, label), control, ...after);
}

function disable(el, control, off) {
    setAttributes(control, { disabled: off });
    el.classList.toggle("off", off);
}
