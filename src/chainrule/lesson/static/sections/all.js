/* The sections in the order of the page: add an import and a line when a section lands.
 * "short" stands in the list of contents; the heading itself comes with the scene.
 */
import { networkSection } from "./network.js";

export const SECTIONS = [
    { section: networkSection, short: "The network" },
];
