/// How a report looks: one style sheet, the same for every page, so that its digest is all that a browser has to trust.
package enum ReportStyle {
    /// Colours come in pairs for light and dark, each at least 4.5 : 1 for text and 3 : 1 for signs; a sign differs by its shape as well.
    package static let text = """
        :root{color-scheme:light dark;--bg:#f7f7f5;--card:#fff;--ink:#1d2430;--quiet:#59626f;--line:#e3e5e8;--grid:#eceef0;\
        --good:#1f7a6b;--good-bg:#e4f2ef;--warn:#8a5800;--warn-bg:#fbf0db;--bad:#b0302a;--bad-bg:#fbe9e7;--none-bg:#edeff2;\
        --link:#1b5fa8;--hover:#f4f6f7}
        @media (prefers-color-scheme:dark){:root{--bg:#11151a;--card:#181d24;--ink:#e4e8ee;--quiet:#9ba6b5;--line:#2b323c;--grid:#232a33;\
        --good:#5cc7ae;--good-bg:#16332e;--warn:#e6b566;--warn-bg:#37290f;--bad:#ff8f85;--bad-bg:#3d1e1c;--none-bg:#262d36;\
        --link:#86b9f2;--hover:#1d232b}}
        *{box-sizing:border-box}
        html{scroll-padding-top:3rem;-webkit-text-size-adjust:100%;text-size-adjust:100%}
        body{margin:0 auto;padding:2.5rem clamp(1rem,4vw,3.5rem) 3rem;max-width:96rem;background:var(--bg);color:var(--ink);\
        font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
        h1,h2,h3,p,dl,dd,ul{margin:0;padding:0}
        h1{font-size:clamp(1.6rem,1.2rem + 1.6vw,2.3rem);line-height:1.2;font-weight:650;letter-spacing:-.02em;overflow-wrap:anywhere}
        h2{font-size:1.15rem;font-weight:650;letter-spacing:-.01em;margin-bottom:.75rem}
        h3{display:block;font-size:1rem;font-weight:600;overflow-wrap:anywhere;unicode-bidi:isolate}
        small{font-size:.8125rem;color:var(--quiet)}
        code{font:.8125em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--quiet);\
        overflow-wrap:anywhere;unicode-bidi:isolate}
        p code,li code,td code{color:inherit;background:var(--none-bg);border-radius:.25rem;padding:.1em .35em}
        a{color:var(--link)}
        :focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:.25rem}
        .vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .skip{position:absolute;left:-99rem}
        .skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem .75rem;border-radius:.4rem}
        .defs{position:absolute}
        .quiet,.facts,.eyebrow,.id{color:var(--quiet)}
        .eyebrow{font-size:.8125rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase}
        .facts{margin-top:.4rem;overflow-wrap:anywhere}
        .verdict{display:flex;align-items:flex-start;gap:.6rem;margin-top:1.25rem;font-size:1.0625rem;font-weight:550}
        .verdict svg{flex:none;margin-top:.15rem;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
        .verdict.good svg{color:var(--good)}
        .verdict.bad svg{color:var(--bad)}
        .tiles{display:grid;grid-auto-flow:column;grid-auto-columns:1fr;gap:1px;margin-top:1.25rem;background:var(--line);\
        border:1px solid var(--line);border-radius:.75rem;overflow:hidden}
        .tiles div{background:var(--card);padding:.8rem 1rem .7rem}
        .tiles dt{font-size:.8125rem;color:var(--quiet)}
        .tiles dd{font-size:1.5rem;font-weight:600;letter-spacing:-.01em;line-height:1.3}
        .tiles small{font-weight:400;letter-spacing:0;margin-left:.35rem}
        .tiles .bad dd{color:var(--bad)}
        nav ul{display:flex;flex-wrap:wrap;gap:.4rem 1.25rem;list-style:none;margin-top:1.1rem;font-size:.9375rem}
        section{margin-top:2.75rem}
        section>p{margin-bottom:.6rem;max-width:75ch}
        .choice{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;border:0;margin:0 0 .6rem;padding:0}
        .choice label{display:flex;align-items:center;gap:.4rem}
        .choice input{accent-color:var(--link);margin:0;width:1rem;height:1rem}
        section:has(#show-bad:checked) details.ok{display:none}
        .legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;margin-bottom:.6rem;font-size:.8125rem;color:var(--quiet)}
        .legend li{display:flex;align-items:center;gap:.35rem}
        .legend svg.t{width:14px;flex:none}
        .volumes{background:var(--card);border:1px solid var(--line);border-radius:.75rem}
        .row{display:grid;grid-template-columns:minmax(9rem,15rem) minmax(0,1fr) 4.75rem 3rem 5.75rem 8.75rem;align-items:center;\
        gap:0 1rem;padding:.3rem 1rem .3rem 2.1rem}
        .figures{display:contents}
        .heads{position:sticky;top:0;z-index:1;padding-top:.5rem;font-size:.8125rem;color:var(--quiet);background:var(--card);\
        border-bottom:1px solid var(--line);border-radius:.75rem .75rem 0 0}
        details{border-top:1px solid var(--line)}
        .heads+details{border-top:0}
        .many details{content-visibility:auto;contain-intrinsic-size:auto 2.9rem}
        summary{position:relative;min-height:2.8rem;cursor:pointer;list-style:none}
        summary::-webkit-details-marker{display:none}
        summary::before{content:"";position:absolute;left:.95rem;top:50%;width:.42rem;height:.42rem;margin-top:-.24rem;\
        border:solid var(--quiet);border-width:0 1.5px 1.5px 0;transform:rotate(-45deg)}
        details[open]>summary::before{transform:rotate(45deg);margin-top:-.32rem}
        summary:hover{background:var(--hover)}
        summary:focus-visible{outline-offset:-2px}
        .name{min-width:0;line-height:1.3}
        .name small{display:block;overflow-wrap:anywhere}
        .n{text-align:right;white-space:nowrap}
        .row i{position:absolute;clip-path:inset(50%);font-style:normal}
        .state{text-align:right}
        b{font-weight:600}
        .state b,td b,.standing b,.findings b{display:inline-block;padding:.05rem .55rem;border-radius:1rem;font-size:.8125rem;\
        white-space:nowrap;background:var(--none-bg);color:var(--quiet)}
        b.good{background:var(--good-bg);color:var(--good)}
        .state b.good,td b.good{background:var(--good-bg);color:var(--good)}
        .state b.warn,td b.warn,.findings b.warn{background:var(--warn-bg);color:var(--warn)}
        .state b.bad,td b.bad,.standing b.bad,.findings b.bad{background:var(--bad-bg);color:var(--bad)}
        .inside{padding:.25rem 1rem 1.1rem 2.1rem}
        .inside p{margin-bottom:.35rem;font-size:.9375rem}
        .standing strong{unicode-bidi:isolate}
        .wide{overflow-x:auto;border-radius:.5rem}
        .wide+p{margin-top:.75rem}
        section>.wide{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:.25rem 1rem}
        table{width:100%;border-collapse:collapse;font-size:.9375rem}
        th,td{text-align:left;vertical-align:top;padding:.45rem 1rem .45rem 0;border-top:1px solid var(--grid)}
        th:last-child,td:last-child{padding-right:0}
        thead th{border:0;font-size:.8125rem;font-weight:400;color:var(--quiet);white-space:nowrap}
        tbody th{font-weight:550;unicode-bidi:isolate;overflow-wrap:anywhere;min-width:8rem}
        .inside td:last-child,td.w{min-width:14rem}
        .inside td:nth-child(2){white-space:nowrap}
        @media print,(min-width:64rem){
        .inside table{table-layout:fixed}
        .inside thead th:nth-child(1){width:20rem}
        .inside thead th:nth-child(2){width:9.75rem}
        .inside thead th:nth-child(3){width:5.5rem}
        .inside thead th:nth-child(4){width:5.75rem}
        .inside thead th:nth-child(5){width:9rem}
        .inside td:nth-child(5) b{white-space:normal}
        }
        @media screen and (max-width:64rem){.inside td:last-child{min-width:9rem}.inside td:nth-child(2){white-space:normal}}
        #runs tbody th{font-weight:400;white-space:nowrap}
        th.n,td.n{text-align:right}
        .sign{width:1.5rem;font-weight:650;color:var(--quiet)}
        svg.t{display:block;width:100%;overflow:visible}
        #scale line{stroke:var(--grid)}
        #scale .base{stroke:var(--line)}
        #scale .now{stroke:var(--quiet);stroke-dasharray:2 3}
        .t text{font-size:.75rem;fill:var(--quiet);text-anchor:middle}
        .t .g{fill:var(--good)}
        .t .d{fill:var(--warn);stroke:var(--warn);stroke-width:3;stroke-opacity:.35}
        .t .l{fill:var(--card);stroke:var(--quiet);stroke-width:1.6}
        .t .u{fill:var(--card);stroke:var(--warn);stroke-width:1.6;stroke-dasharray:2.4 2}
        .t .p{fill:var(--card);stroke:var(--good);stroke-width:1.6;stroke-dasharray:2.4 2}
        .t .x{fill:none;stroke:var(--bad);stroke-width:2.2;stroke-linecap:round}
        .strip{display:block;max-width:100%;margin-bottom:.75rem}
        .strip rect{fill:var(--good)}
        .strip .bad{fill:var(--bad)}
        .findings{list-style:none;background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:.25rem 1rem}
        .findings li{padding:.6rem 0}
        .findings li+li{border-top:1px solid var(--grid)}
        footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.875rem;color:var(--quiet)}
        @media screen and (max-width:64rem){
        .tiles{grid-auto-flow:row;grid-template-columns:repeat(3,1fr)}
        .tiles div:last-child:nth-child(3n+2){grid-column:span 2}
        }
        @media screen and (max-width:32rem){
        .tiles{grid-template-columns:1fr 1fr}
        .tiles div:last-child:nth-child(odd){grid-column:span 2}
        .tiles div:last-child:nth-child(even){grid-column:auto}
        }
        @media screen and (max-width:56rem){
        .heads{display:none}
        .heads+details{border-top:0}
        .row{grid-template-columns:1fr auto;gap:.15rem .75rem;padding:.7rem 1rem .6rem 2.1rem}
        .row .name{grid-column:1}
        .row .state{grid-column:2;grid-row:1;align-self:start}
        .row .t,.figures{grid-column:1/-1}
        .figures{display:flex;flex-wrap:wrap;gap:0 1.1rem;font-size:.875rem;color:var(--quiet)}
        .row .n{text-align:left}
        .row i{position:static;clip-path:none}
        summary::before{top:1.4rem}
        .inside{padding-left:1rem}
        }
        @media screen and (max-width:40rem){
        .inside .wide{overflow:visible}
        .inside table,.inside tbody,.inside tr,.inside tbody th{display:block}
        .inside thead{position:absolute;clip-path:inset(50%)}
        .inside tr{padding:.55rem 0;border-top:1px solid var(--grid)}
        .inside tbody th,.inside td{border:0;padding:0}
        .inside td{display:inline-block;margin-right:.5rem;font-size:.875rem}
        .inside td b{font-size:.75rem;padding:.05rem .4rem}
        .inside td:empty{display:none}
        .inside td:last-child{display:block;margin:0;min-width:0}
        .inside th code{font-size:.75rem;letter-spacing:-.02em}
        }
        @media print{
        :root{--bg:#fff;--card:#fff;--ink:#000;--quiet:#444;--line:#bbb;--grid:#ddd;--good:#1f6f62;--warn:#7a4e00;--bad:#a32a24;\
        --good-bg:#e4f2ef;--warn-bg:#fbf0db;--bad-bg:#fbe9e7;--none-bg:#eee}
        html{font-size:10.5px}
        body{max-width:none;padding:0;print-color-adjust:exact;-webkit-print-color-adjust:exact}
        nav,.skip,.choice{display:none}
        .heads{position:static}
        .many details{content-visibility:visible}
        summary,tr,.tiles,.findings li{break-inside:avoid}
        h2,h2+p,thead,.heads{break-after:avoid}
        section{margin-top:1.5rem}
        .wide{overflow:visible}
        .row{grid-template-columns:minmax(7rem,13rem) minmax(0,1fr) 4.5rem 2.5rem 5.5rem 7.5rem;gap:0 .7rem}
        @page{margin:14mm}
        }
        @media (prefers-contrast:more){:root{--quiet:var(--ink);--line:var(--quiet);--grid:var(--quiet)}}
        @media (forced-colors:active){.t circle,.t use,.strip rect{forced-color-adjust:none}}
        """
}
