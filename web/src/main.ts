// Starts the page: settings on the document before anything is painted, then the line, then who one is.
import "./tokens.css";
import "./app.css";
import { mount } from "svelte";
import Page from "./shell/Page.svelte";
import { router } from "./shell/router.svelte";
import { session } from "./shell/session.svelte";
import { settings } from "./shell/settings.svelte";
import { tab } from "./shell/tab.svelte";

settings.apply();
router.start();
tab.start();
void session.ask();
mount(Page, { target: document.getElementById("page")! });
