// Everything works without this file; with it, it is better.
import "../../../node_modules/htmx.org/dist/htmx.esm.js";
import "./sums.js";
import "./upload.js";
import "./form.js";
import "./keys.js";
