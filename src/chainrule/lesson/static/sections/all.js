/* The sections in the order of the page: add an import and a line when a section lands.
 * "short" stands in the list of contents; the heading itself comes with the scene.
 */
import { networkSection } from "./network.js";
import { forwardSection } from "./forward.js";
import { productSection } from "./product.js";
import { layerSection } from "./layer.js";
import { orderSection } from "./order.js";
import { taylorSection } from "./taylor.js";
import { byHandSection } from "./by_hand.js";
import { crossEntropySection } from "./cross_entropy.js";
import { curvatureSection } from "./curvature.js";

export const SECTIONS = [
    { section: networkSection, short: "The network" },
    { section: forwardSection, short: "One row forward" },
    { section: productSection, short: "The long product" },
    { section: layerSection, short: "A layer’s parameters" },
    { section: orderSection, short: "The order" },
    { section: taylorSection, short: "Taylor" },
    { section: byHandSection, short: "By hand" },
    { section: crossEntropySection, short: "Cross entropy" },
    { section: curvatureSection, short: "Curvature" },
];
