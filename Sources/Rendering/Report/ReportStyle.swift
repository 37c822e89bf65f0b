/// How a report's page looks: in daylight, in the dark, on a phone and on paper.
package enum ReportStyle {
    static var sheet: Markup {
        // What a page says of its own, on paper for one, comes last and wins.
        var sheet = Markup(verbatim: charts)
        sheet += page
        return sheet
    }

    /// Tones and drawings. The page around them says what the colours of its theme are: `--ink`, `--soft`, `--line`, `--paper`,
    /// one of each tone, and `--second` to `--fourth`.
    package static let charts: StaticString = """

            .neutral{color:var(--neutral)}.good{color:var(--good)}.caution{color:var(--caution)}.bad{color:var(--bad)}
            .colour-1{color:var(--neutral)}.colour-2{color:var(--second)}.colour-3{color:var(--third)}.colour-4{color:var(--fourth)}
            .chart{display:block;width:100%;min-width:35rem;height:auto;font:13px system-ui,sans-serif}
            .chart text{fill:var(--ink);font-variant-numeric:tabular-nums}
            .chart .soft{fill:var(--soft)}
            .chart .small{fill:var(--soft);font-size:11.5px}
            .chart .end{text-anchor:end}.chart .middle{text-anchor:middle}
            .chart .name{fill:currentColor}
            .grid{fill:none;stroke:var(--line)}.axis{stroke:var(--soft)}
            .reference{stroke:var(--ink);stroke-dasharray:5 3;stroke-width:1.25}
            .diagonal{stroke:var(--soft);stroke-dasharray:1.5 4;stroke-linecap:round;stroke-width:1.5}
            .range{fill:none;stroke:currentColor;stroke-width:2}
            .mark{fill:currentColor;stroke:var(--paper)}
            .bar{fill:currentColor}
            .stay{fill:var(--paper);stroke:currentColor;stroke-width:1.75}.stay.goes-on{stroke-width:3}
            .return{fill:none;stroke:var(--soft);stroke-width:1.5;stroke-dasharray:4 3}.return-tip{fill:var(--soft)}
            .curve{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
            .dot{fill:var(--paper);stroke:currentColor;stroke-width:1.75}
            .curve.stroke-2{stroke-dasharray:8 5}.curve.stroke-3{stroke-dasharray:2 5}.curve.stroke-4{stroke-dasharray:10 4 2 4}
            .band{fill:currentColor;fill-opacity:.18}.part{stroke:var(--paper)}
            .marker{fill:none;stroke:var(--soft);stroke-dasharray:2 3}
            .cell{fill:currentColor}.level-1{fill-opacity:.15}.level-2{fill-opacity:.32}.level-3{fill-opacity:.5}
            .level-4{fill-opacity:.72}.points{fill:none;stroke:currentColor;stroke-opacity:.55;stroke-width:4;stroke-linecap:round}
            .halo{paint-order:stroke;stroke:var(--paper);stroke-width:3px}.chart .strong{font-weight:600}

        """

    private static let page = Markup(
        verbatim: """

            :root{color-scheme:light dark;
            --paper:#ffffff;--ink:#1b1f24;--soft:#57606a;--line:#d5dae0;--faint:#f4f6f8;
            --neutral:#2457a8;--good:#1a6b3c;--caution:#855600;--bad:#b3261e;
            --second:#a84300;--third:#6d3fb0;--fourth:#00696e}
            @media (prefers-color-scheme:dark){:root{
            --paper:#14171b;--ink:#e7eaee;--soft:#a7b0ba;--line:#3a4149;--faint:#1d2126;
            --neutral:#86b3ff;--good:#6fd395;--caution:#e8b84d;--bad:#ff938a;
            --second:#ffab70;--third:#c9a6ff;--fourth:#5fd0d4}}
            *{box-sizing:border-box}
            body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
            main{max-width:50rem;margin:0 auto;padding:2rem 1.25rem 4rem}
            h1{font-size:1.6rem;line-height:1.25;margin:0 0 .75rem;overflow-wrap:anywhere}
            h2{font-size:1.2rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line);overflow-wrap:anywhere}
            p{max-width:44rem;margin:.75rem 0;overflow-wrap:anywhere}
            .finding{font-size:1.1rem}
            .verdict{display:inline-block;padding:0 .55em;margin-right:.25em;border:1.5px solid;border-radius:.4em}
            dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.5rem 1.5rem;margin:1.25rem 0}
            dt{color:var(--soft);font-size:.85rem}
            dd{margin:0;overflow-wrap:anywhere}
            .note{padding:.5rem .9rem;border-left:3px solid var(--caution);background:var(--faint)}
            figure{margin:1.25rem 0}
            figcaption,caption{font-weight:600;text-align:left;margin-bottom:.4rem}
            .scroll{overflow-x:auto}
            .scroll:focus-visible,summary:focus-visible{outline:2px solid var(--neutral);outline-offset:2px}
            table{border-collapse:collapse;margin:.75rem 0;font-variant-numeric:tabular-nums;font-size:.92rem}
            th,td{padding:.3rem .75rem;text-align:right;vertical-align:baseline;border-bottom:1px solid var(--line)}
            thead th{color:var(--soft);font-weight:600;vertical-align:bottom}
            tbody th{font-weight:400;text-align:left;white-space:normal}
            th:first-child,td:first-child{padding-left:0}
            td{white-space:nowrap}
            .left{text-align:left;white-space:normal}
            td.left{min-width:6rem}
            td.good,td.caution,td.bad{font-weight:600}
            .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
            summary{cursor:pointer;color:var(--soft);font-size:.92rem;padding:.25rem 0}
            @media (max-width:40rem){main{padding:1.25rem 1rem 3rem}.finding{font-size:1rem}}
            @media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--faint:#fff;
            --neutral:#2457a8;--good:#1a6b3c;--caution:#855600;--bad:#b3261e;--second:#a84300;--third:#6d3fb0;--fourth:#00696e}
            main{max-width:none;padding:0}section,figure,tr{break-inside:avoid}.chart{min-width:0}summary{display:none}}

            """)
}
