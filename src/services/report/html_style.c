#include "services/report/html_int.h"

/* Text on its ground: at least 4.5 to 1 in both schemes (WCAG 2.2 AA); marks at least 3 to 1. */
const char *const html_style[] = {
    ":root{color-scheme:light "
    "dark;--ground:#f4f5f7;--card:#fff;--ink:#1b2129;--muted:#59636f;--line:#d9dde3;"
    "--grid:#e8ebef;--accent:#1c5cb8;--gain:#14753f;--loss:#b92c22;--warn:#8a5200;--band:#b92c2218;"
    "--tint:#1c5cb81c}\n",
    "@media(prefers-color-scheme:dark){:root{--ground:#101419;--card:#181e25;--ink:#e4e8ed;--muted:"
    "#9ba7b4;--line:#333d48;"
    "--grid:#262e37;--accent:#74acff;--gain:#4fc98d;--loss:#ff8277;--warn:#f0b35a;--band:#ff827722;"
    "--tint:#74acff24}}\n",
    "*{box-sizing:border-box}\n",
    "body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 "
    "system-ui,-apple-system,'Segoe UI',Roboto,"
    "'Helvetica "
    "Neue',Arial,sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}\n",
    "main{max-width:1080px;margin:0 auto;padding:28px 20px 56px}\n",
    "h1{font-size:26px;line-height:1.25;margin:0 0 "
    "6px;letter-spacing:-.01em;overflow-wrap:anywhere}\n",
    "h2{font-size:18px;margin:0 0 4px}\n",
    "p{margin:0 0 10px}\n",
    ".kicker{color:var(--muted);font-size:13px;margin:0 0 8px;overflow-wrap:anywhere}\n",
    ".about{color:var(--muted);max-width:75ch}\n",
    ".verdict{font-size:17px;max-width:75ch;margin:14px 0 0}\n",
    ".lead{color:var(--muted);font-size:13.5px;max-width:112ch;margin:0 0 14px}\n",
    ".nothing{color:var(--muted);font-style:italic}\n",
    "section{background:var(--card);border:1px solid "
    "var(--line);border-radius:10px;padding:20px;margin:18px 0 0}\n",
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(155px,1fr));gap:12px;margin:"
    "20px 0 0}\n",
    ".card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px "
    "14px}\n",
    ".card b{display:block;font-size:21px;line-height:1.3;font-weight:650;white-space:nowrap}\n",
    ".card span{display:block;color:var(--muted);font-size:12.5px}\n",
    ".gain{color:var(--gain)}.loss{color:var(--loss)}.warn{color:var(--warn)}\n",
    "dl.run{display:grid;grid-template-columns:max-content 1fr;gap:5px 20px;margin:8px 0 0}\n",
    "dl.run dt{color:var(--muted)}dl.run dd{margin:0;overflow-wrap:anywhere}\n",
    ".two{display:grid;grid-template-columns:1fr 1fr;gap:8px 28px}.two>*{min-width:0}\n",
    "figure{margin:14px 0 0}figcaption{font-size:13px;color:var(--muted);margin:0 0 4px}"
    "figcaption strong{color:var(--ink);font-size:14px;display:block}\n",
    ".scroll{overflow-x:auto}\n",
    "svg.chart{display:block;width:100%;height:auto}\n",
    "svg text{font-size:12px;fill:var(--muted)}svg text.note,svg text.gain,svg "
    "text.loss{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}svg "
    "text.note{fill:var(--ink)}svg text.gain{fill:var(--gain)}"
    "svg text.loss{fill:var(--loss)}\n",
    ".grid{stroke:var(--grid)}.zero{stroke:var(--muted);stroke-opacity:.7}.axis{stroke:var(--line)}"
    "\n",
    ".start,.spot{stroke:var(--muted);stroke-dasharray:5 "
    "4}.even{stroke:var(--accent);stroke-dasharray:2 3}\n",
    ".line{fill:none;stroke-width:1.7;stroke-linejoin:round}.area{stroke:none;fill-opacity:.16}\n",
    ".line.c1{stroke:var(--accent)}.area.c1{fill:var(--accent)}.line.gain{stroke:var(--gain)}.line."
    "loss{stroke:var(--loss)}"
    ".area.gain{fill:var(--gain)}.area.loss{fill:var(--loss)}\n",
    ".dot{stroke:var(--card);stroke-width:1.5}.dot.c1{fill:var(--accent)}.dot.gain{fill:var(--gain)"
    "}.dot.loss{fill:var(--loss)}\n",
    "rect.bar{fill:var(--accent)}rect.bar.gain{fill:var(--gain)}rect.bar.loss{fill:var(--loss)}\n",
    "rect.open{fill:url(#hatch);stroke:var(--muted);stroke-width:.8}#hatch "
    "path{stroke:var(--muted);stroke-width:2}\n",
    "rect.band{fill:var(--band)}rect.hover{fill:transparent}rect.hover:hover{fill:var(--tint)}rect."
    "bar:hover,rect.open:hover{opacity:.75}\n",
    ".key{display:inline-block;width:11px;height:11px;border-radius:2px;margin:0 4px 0 "
    "10px;vertical-align:-1px}"
    ".key.gain{background:var(--gain)}.key.loss{background:var(--loss)}.key.c1{background:var(--"
    "accent)}"
    ".key.open{background:repeating-linear-gradient(45deg,var(--muted) 0 2px,transparent 2px "
    "4px);border:1px solid var(--muted)}\n",
    "table{border-collapse:collapse;width:100%;font-size:13.5px}\n",
    "td.full{width:100%}\n",
    ".caution{margin:10px 0 0}.caution a{color:var(--warn);font-weight:600}\n",
    "th{font-weight:600;text-align:left;color:var(--muted);border-bottom:1px solid "
    "var(--line);white-space:nowrap}\n",
    "th,td{padding:5px 10px 5px "
    "0;vertical-align:top}th:last-child,td:last-child{padding-right:2px}\n",
    "td{border-bottom:1px solid "
    "var(--grid)}td.n,th.n{text-align:right;white-space:nowrap}td.t{white-space:nowrap}\n",
    "th[title],dt[title],.card[title],strong[title]{cursor:help}\n",
    "td small{color:var(--muted);font-size:12.5px;display:block}\n",
    "tr.legs td{padding-top:0}tr.first td{border-bottom:0}\n",
    "tr.legs table{width:auto;margin:4px 0 8px 16px;font-size:13px}tr.legs table td,tr.legs table "
    "th{padding:2px 18px 2px 0}\n",
    "summary{cursor:pointer;color:var(--accent);font-size:13.5px;padding:2px 0}tr.legs "
    "summary{color:var(--muted);font-size:13px}\n",
    ".figures{columns:2;column-gap:36px;margin:8px 0 0}\n",
    ".figures div{display:flex;justify-content:space-between;gap:14px;border-bottom:1px solid "
    "var(--grid);padding:4px 0;break-inside:avoid}\n",
    ".figures dt{color:var(--muted)}.figures dd{margin:0;text-align:right;white-space:nowrap}\n",
    ".months td,.months th{text-align:right;padding:6px 8px}.months "
    "th:first-child{text-align:left}.months td{border:2px solid var(--card);min-width:58px}\n",
    ".u1{background:color-mix(in srgb,var(--gain) 12%,transparent)}.u2{background:color-mix(in "
    "srgb,var(--gain) 24%,transparent)}"
    ".u3{background:color-mix(in srgb,var(--gain) 36%,transparent)}.d1{background:color-mix(in "
    "srgb,var(--loss) 12%,transparent)}"
    ".d2{background:color-mix(in srgb,var(--loss) 24%,transparent)}.d3{background:color-mix(in "
    "srgb,var(--loss) 36%,transparent)}\n",
    "ul.notes{list-style:none;margin:6px 0 0;padding:0}ul.notes li{padding:5px 0 5px "
    "26px;position:relative;overflow-wrap:anywhere}"
    "ul.notes li::before{content:'\\2013';position:absolute;left:6px;color:var(--muted)}\n",
    "ul.notes "
    "li.w::before{content:'!';font-weight:700;color:var(--card);background:var(--warn);border-"
    "radius:50%;width:17px;height:17px;"
    "line-height:17px;text-align:center;font-size:12px;left:0;top:8px}\n",
    ".explain dt{font-weight:600;margin-top:8px}.explain "
    "dd{margin:0;color:var(--muted);font-size:13.5px}\n",
    ".tip{position:fixed;z-index:9;display:none;max-width:340px;padding:6px "
    "10px;border-radius:6px;background:var(--ink);"
    "color:var(--card);font-size:12.5px;line-height:1.4;pointer-events:none;box-shadow:0 2px 10px "
    "#0005}\n",
    "footer{color:var(--muted);font-size:12.5px;margin:22px 2px "
    "0;overflow-wrap:anywhere}code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:."
    "93em}\n",
    "@media(max-width:720px){main{padding:16px 10px 40px}section{padding:14px "
    "12px}h1{font-size:21px}.two{grid-template-columns:minmax(0,1fr)}"
    ".figures{columns:1}dl.run{grid-template-columns:1fr;gap:0}dl.run dd{margin:0 0 8px}.wide "
    "svg.chart{min-width:640px}.half svg.chart{min-width:400px}"
    ".cards{grid-template-columns:1fr 1fr}.card b{font-size:18px}}\n",
    "@media "
    "print{:root{--ground:#fff;--card:#fff;--ink:#000;--muted:#444;--line:#bbb;--grid:#ddd;--"
    "accent:#1c5cb8;--gain:#14753f;--loss:#b92c22;"
    "--warn:#8a5200}body{font-size:12px}main{max-width:none;padding:0}section,.card{break-inside:"
    "avoid-page;border-color:#bbb}"
    "section.long{break-inside:auto}tr,figure{break-inside:avoid}.tip{display:none!important}*{"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n",
    NULL,
};

/* Only comfort: shows titles at once and on a touch, and opens what is folded before printing. */
const char *const html_script[] = {
    "(function(){var "
    "d=document,tip=d.createElement('div');tip.className='tip';d.body.appendChild(tip);\n",
    "function words(e){for(;e&&e.getAttribute;e=e.parentNode){var "
    "t=e.getAttribute('data-tip');if(t)return t;\n",
    "t=e.getAttribute('title');if(t){e.setAttribute('data-tip',t);e.removeAttribute('title');"
    "return t}\n",
    "var "
    "c=e.firstElementChild;if(c&&c.localName==='title'&&e.localName!=='svg'){t=c.textContent;e."
    "setAttribute('data-tip',t);"
    "e.removeChild(c);return t}}return ''}\n",
    "function show(v){var "
    "t=words(v.target);if(!t){tip.style.display='none';return}tip.textContent=t;tip.style.display='"
    "block';\n",
    "var "
    "w=tip.offsetWidth,h=tip.offsetHeight,x=v.clientX+14,y=v.clientY+18;if(x+w>innerWidth-8)x=Math."
    "max(8,v.clientX-w-14);\n",
    "if(y+h>innerHeight-8)y=Math.max(8,v.clientY-h-14);tip.style.left=x+'px';tip.style.top=y+'px'}"
    "\n",
    "d.addEventListener('pointermove',show);d.addEventListener('pointerdown',show);\n",
    "d.addEventListener('scroll',function(){tip.style.display='none'},true);\n",
    "addEventListener('beforeprint',function(){d.querySelectorAll('details').forEach(function(e){e."
    "open=true})})})();\n",
    NULL,
};
