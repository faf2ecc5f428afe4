// Buttons of levels below an essay. One level of each criterion gives the score; which ones is the first line of the comment,
// so it is saved, goes to the student, and is there again when the page is opened.
(function () {
  function text(element, name) { return element.getAttribute("data-" + name); }

  function start(box) {
    var cell = text(box, "cell"), word = text(box, "word");
    var score = document.getElementById(cell), comment = document.getElementById(cell + "-comment");
    var status = box.querySelector("[role=status]");
    var rows = Array.prototype.slice.call(box.querySelectorAll("tr[data-name]"));
    if (!score || !comment) { return; }

    function pressed(row) { return row.querySelector("button[aria-pressed=true]"); }
    function press(row, button) {
      row.querySelectorAll("button").forEach(function (one) { one.setAttribute("aria-pressed", String(one === button)); });
    }
    function part(row) { return text(row, "name") + " " + text(pressed(row), "points") + "/" + text(row, "most"); }
    function total() { return rows.reduce(function (sum, row) { return sum + Number(text(pressed(row), "points")); }, 0); }
    function rest() {
      var lines = comment.value.split("\n");
      return (lines[0].indexOf(word) === 0 ? lines.slice(1).join("\n").replace(/^\n/, "") : comment.value);
    }
    function show() {
      var chosen = rows.filter(pressed).length;
      if (chosen < rows.length) { status.textContent = chosen + " / " + rows.length; return; }
      var differs = score.value !== "" && Number(score.value) !== total();
      status.textContent = "= " + total() + (differs ? text(box, "differs").replace("{}", score.value) : "");
    }
    function read() {
      var line = comment.value.split("\n")[0];
      if (line.indexOf(word) === 0) {
        var parts = line.slice(word.length).split(";").map(function (one) { return one.trim(); });
        rows.forEach(function (row) {
          row.querySelectorAll("button").forEach(function (button) {
            var wanted = text(row, "name") + " " + text(button, "points") + "/" + text(row, "most");
            if (parts.indexOf(wanted) >= 0) { press(row, button); }
          });
        });
      }
      show();
    }

    rows.forEach(function (row) {
      row.querySelectorAll("button").forEach(function (button) {
        button.addEventListener("click", function () {
          press(row, button);
          if (rows.every(pressed)) {
            comment.value = word + rows.map(part).join("; ") + (rest() ? "\n\n" + rest() : "");
            score.value = total();
            $(comment).trigger("change");
            $(score).trigger("change");
          }
          show();
        });
      });
    });
    $(score).on("change", show);
    var tries = 0, waiting = setInterval(function () {  // formgrader loads scores and comments after the page
      tries += 1;
      if ((score.placeholder && comment.placeholder) || tries > 100) { clearInterval(waiting); read(); }
    }, 100);
  }

  document.querySelectorAll(".descent-levels").forEach(start);

  // Without a way to its server there is no MathJax, and formgrader, which waits for it, has no keys and does not scroll.
  if (!window.MathJax) {
    window.MathJax = { Hub: { Startup: { signal: { Interest: function (tell) { setTimeout(tell, 200, "End"); } } } } };
  }

  // Begin at the cell that the address ends with, else at the first essay of the person who runs this server. formgrader itself counts the
  // page's inputs (?index=), begins at the first answer, and scrolls when the formulas are set.
  function begin() {
    var yours = document.querySelector(".descent-reader[data-yours=true]");
    var cell = decodeURIComponent(location.hash.slice(1)) || (/[?&]index=/.test(location.search) || !yours ? "" : text(yours, "cell"));
    var score = cell && document.getElementById(cell);
    if (!score || !score.classList.contains("score")) { return; }
    formgrader.last_selected = $(score);
    formgrader.setCurrentIndex();
    score.focus();
    $("body, html").scrollTop(formgrader.getScrollPosition());
  }
  window.addEventListener("load", begin);
})();
