"""The style sheet of the page: light or dark as the system, one column on a narrow screen."""

STYLE = """\
:root {
  color-scheme: light dark;
  --ground: #fff; --raised: #f5f6f8; --ink: #1b1e24; --faint: #5b6270; --line: #d9dce2;
  --bar: #0072b2;
  --fault: #b00020; --gap: #8a5300; --doubt: #00629b; --good: #00714f; --synthetic: #8a2a78;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15171c; --raised: #1f2228; --ink: #eceef2; --faint: #a3aab8; --line: #363b45;
    --bar: #56b4e9;
    --fault: #ff8a80; --gap: #f0b54a; --doubt: #7cc8f5; --good: #5fd3a8; --synthetic: #e79bd4;
  }
}
* { box-sizing: border-box; }
body {
  font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
  max-width: 76rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 4rem;
}
h1 { font-size: 1.75rem; margin: 0; line-height: 1.2; }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .25rem 0 .75rem; max-width: 44rem; }
code { font: .875em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.faint { color: var(--faint); }
header { border-bottom: 1px solid var(--line); padding-bottom: 1rem; }
header p { margin: .5rem 0 0; max-width: none; }
.status { font-weight: 700; }
.pill {
  display: inline-block; font-size: .8125rem; font-weight: 600; line-height: 1.5;
  padding: 0 .5rem; border: 1px solid currentcolor; border-radius: 1rem; white-space: nowrap;
}
.fault, .unusable { color: var(--fault); } .gap, .partial { color: var(--gap); }
.doubt { color: var(--doubt); } .whole, .complete { color: var(--good); }
.synthetic { color: var(--synthetic); font-weight: 700; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--bar); outline-offset: 2px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9375rem; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { padding: .3rem .75rem; text-align: right; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } tbody th { font-weight: 500; }
thead th { color: var(--faint); vertical-align: bottom; }
.words1 :is(th, td):nth-child(-n+1), .words2 :is(th, td):nth-child(-n+2) { text-align: left; }
:is(th, td):first-child { padding-left: 0; }
tbody th { position: sticky; left: 0; background: var(--ground); }
.words2 :is(th, td) { white-space: nowrap; }
.overview td { white-space: nowrap; }
.findings { list-style: none; padding: 0; margin: 0; }
.findings li {
  display: grid; grid-template-columns: 4rem 1fr; gap: .25rem .75rem; padding: .4rem 0;
  border-bottom: 1px solid var(--line);
}
.findings p { margin: 0; max-width: none; }
.findings code { color: var(--faint); }
summary { cursor: pointer; padding: .5rem 0; color: var(--doubt); }
.sheet {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1rem;
  list-style: none; padding: 0; margin: 1rem 0 0;
}
figure { margin: 0; }
figure img { display: block; width: 100%; height: auto; border-radius: .375rem; background: #000; }
figcaption { font-size: .8125rem; line-height: 1.35; padding-top: .375rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 1rem;
  margin-bottom: 1.5rem; }
.chart { background: var(--raised); border-radius: .5rem; padding: .625rem .75rem .25rem; }
.chart figcaption { padding: 0 0 .25rem; font-size: .875rem; }
.chart span { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
svg { display: block; width: 100%; height: auto; }
svg rect { fill: var(--bar); } svg line { stroke: var(--line); }
svg text { fill: var(--faint); font: 10px system-ui, sans-serif; }
.matrix td, .matrix th { padding: .25rem .4rem; min-width: 2.6rem; text-align: center; }
.matrix td { background: color-mix(in srgb, var(--bar) calc(var(--share) * .55%), transparent); }
.matrix td.own { background: none; color: var(--faint); }
@media (max-width: 40rem) {
  th, td { padding: .3rem .5rem; }
  .findings li { grid-template-columns: 1fr; }
  .overview td { white-space: normal; }
}
@media print { body { max-width: none; } .scroll { overflow: visible; } }"""
