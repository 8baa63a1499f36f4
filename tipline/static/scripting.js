// Before the first paint: styles that need a script may apply.
document.documentElement.classList.add("js");
