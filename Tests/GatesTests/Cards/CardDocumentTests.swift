import Gates
import Testing

@Suite struct CardDocumentTests {
    @Test("front matter, headings and key lines are all fields, under their usual names")
    func fields() {
        let card = CardDocument(
            """
            ---
            license: mit
            datasets:
              - bank/credit-2025
            ---
            # Credit risk

            **Contact:** risk team
            Training data: applications 2023 to 2025

            ## Uses
            ### Direct use
            Decides about loans up to 50 000.

            ## Evaluation results
            ```
            auc 0.86
            ```
            """)
        #expect(card.text(of: "licence") == "mit")
        #expect(card.text(of: "datasets") == "- bank/credit-2025")
        #expect(card.text(of: "owner") == "risk team")
        #expect(card.text(of: "training_data") == "applications 2023 to 2025")
        #expect(card.text(of: "Intended Use").contains("Decides about loans"))
        #expect(card.text(of: "evaluation") == "auc 0.86")
        #expect(card.text(of: "limitations").isEmpty)
    }

    @Test(
        "an empty section, a template's placeholder and a remark say nothing",
        arguments: [
            "## Limitations\n\n## Next\ntext", "## Limitations\n[More Information Needed]", "## Limitations\nTBD",
            "## Limitations\n<!-- say what it cannot do -->\n", "---\nlimitations:\n---\n", "```\n## Limitations\n```", "",
            "## Limitations\n<!--\nlater\n-->\n", "Limitations:\nAnother thought.", "## Limitations\n<!-- never closed",
        ])
    func empty(_ text: String) {
        #expect(CardDocument(text).text(of: "limitations").isEmpty)
    }

    @Test("a section ends at the next heading of its level, not at a deeper one")
    func levels() {
        let card = CardDocument("## Limitations\n### Data\nOld.\n#### More\nSparse.\n## Owner\nRisk team.")
        #expect(card.text(of: "limitations") == "Old.\nSparse.")
        #expect(card.text(of: "owner") == "Risk team.")
    }
}
