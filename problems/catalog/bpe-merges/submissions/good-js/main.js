const [first, second] = require("fs").readFileSync(0, "utf8").split("\n");
const times = new Map();
for (const word of second.split(" ")) times.set(word, (times.get(word) || 0) + 1);
const pieces = [...times.keys()].map((word) => [...word]);
const weights = [...times.values()];
const out = [];
for (let round = 0; round < Number(first); round++) {
  const counts = new Map();
  pieces.forEach((symbols, i) => {
    for (let j = 0; j + 1 < symbols.length; j++) {
      const pair = symbols[j] + " " + symbols[j + 1];
      counts.set(pair, (counts.get(pair) || 0) + weights[i]);
    }
  });
  let best = null;
  for (const [pair, n] of counts) {
    const most = best === null ? 0 : counts.get(best);
    if (n > most || (n === most && pair < best)) best = pair;
  }
  if (best === null) break;
  out.push(best);
  const [left, right] = best.split(" ");
  pieces.forEach((symbols, i) => {
    const merged = [];
    for (let j = 0; j < symbols.length; j++) {
      if (symbols[j] === left && symbols[j + 1] === right) {
        merged.push(left + right);
        j++;
      } else merged.push(symbols[j]);
    }
    pieces[i] = merged;
  });
}
console.log(out.join("\n"));
