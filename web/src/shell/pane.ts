// Whether this page is one of the four panes of the stage, which brings its own frame.

export const isPane = new URLSearchParams(location.search).get("pane") === "1";
