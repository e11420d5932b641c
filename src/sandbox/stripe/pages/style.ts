/** What the pages of this sandbox need beyond the sheets that all pages share. */
export const STYLE = `
.buy {
  flex: 1;
  display: grid;
  grid-template-columns: minmax(0, 1fr) minmax(19rem, 27rem);
  gap: clamp(2rem, 6vw, 5rem);
  align-items: start;
  align-content: center;
  width: 100%;
  max-width: 66rem;
  margin: 0 auto;
  padding-block: 1rem 4rem;
}
.buy.one { grid-template-columns: minmax(0, 40rem); justify-content: center; }
.buy h1 { font-size: clamp(1.75rem, 1.3rem + 2vw, 2.5rem); overflow-wrap: anywhere; }
.buy .lead { margin-top: 0.75rem; }
.buy .amount { margin-top: 0.5rem; font: 600 clamp(2.25rem, 1.6rem + 3vw, 3.25rem) / 1.1 var(--serif); }
.buy .amount small { font: 400 1rem / 1.4 var(--sans); color: var(--soft); }
.buy .back { margin-top: 2rem; }
.sum { margin: 1.75rem 0 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
.sum li {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 0.25rem 1rem;
  padding: 0.75rem 0;
  border-bottom: 1px solid var(--line);
}
.sum li > :last-child { font-variant-numeric: tabular-nums; }
.sum small { display: block; color: var(--soft); font-size: 0.9375rem; }
.cards { margin: 0; padding: 0; border: 0; display: grid; gap: 0.5rem; }
.cards legend { margin-bottom: 0.5rem; padding: 0; font-weight: 600; }
.cards label {
  display: grid;
  grid-template-columns: auto minmax(0, 1fr);
  gap: 0 0.75rem;
  align-items: center;
  min-height: 3.25rem;
  padding: 0.5rem 0.875rem;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  font-weight: 400;
  cursor: pointer;
}
.cards label:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.cards label:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.cards input:not([type="hidden"]) {
  grid-row: span 2;
  width: 1.125rem;
  height: 1.125rem;
  margin: 0;
  accent-color: var(--accent);
  outline: none;
}
.cards small { color: var(--soft); font: 0.875rem / 1.3 var(--mono); }
.pill {
  display: inline-block;
  padding: 0.125rem 0.625rem;
  border: 1px solid var(--edge);
  border-radius: 1rem;
  font-size: 0.875rem;
  white-space: nowrap;
}
.pill.bad { border-color: var(--fault); color: var(--fault); }
.stack { display: grid; gap: 1.25rem; }
.stack > * { min-width: 0; }
.stack h2 { margin-bottom: 0.5rem; font-size: 1.25rem; }
.stack .card { padding: clamp(1.25rem, 3vw, 1.75rem); }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1rem; }
.actions form { display: block; }
.sum + .hint { margin-top: 0.875rem; }
.hint + form { margin-top: 1.25rem; }
.control td .button {
  min-height: 2.25rem;
  padding: 0.25rem 0.75rem;
  font-size: 0.875rem;
  white-space: nowrap;
}
.control td form { display: inline-flex; gap: 0.5rem; }
.control .fields {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr));
  gap: 1rem 1.25rem;
  align-items: end;
}
@media (max-width: 54rem) {
  .buy { grid-template-columns: minmax(0, 1fr); align-content: start; gap: 2rem; }
}
`
