import GatehouseCore
import Gates
import Testing

@Suite struct ModelCardTests {
    /// After the example in Hugging Face's documentation of model cards (hub-docs, modelcard.md).
    private static let hubCard = """
        ---
        language:
        - en
        - de
        license: apache-2.0
        library_name: xgboost
        tags: [tabular, credit]
        datasets:
        - bank/applications-2025
        metrics:
        - roc_auc
        base_model: bank/credit-base
        base_model_relation: finetune
        pipeline_tag: tabular-classification
        model-index:
        - name: credit-risk
          results:
          - task:
              type: tabular-classification
              name: Credit default
            dataset:
              type: bank/holdout
              name: Holdout 2025
              config: default
              split: test
              revision: 5503434ddd753f426f4b38109466949a1217c2bb
            metrics:
            - type: roc_auc
              value: 0.8432
              name: AUC
            - type: note
              value: "0.5"
            source:
              name: internal report
              url: https://reports.example/1
        ---
        # Credit risk

        ## Bias, Risks, and Limitations
        - Few small businesses.
        """

    @Test("the front matter of a Hugging Face card is read field by field")
    func frontMatter() throws {
        let card = try ModelCard(reading: Self.hubCard)
        #expect(card.languages == ["en", "de"])
        #expect(card.license == "apache-2.0")
        #expect(card.libraryName == "xgboost")
        #expect(card.tags == ["tabular", "credit"])
        #expect(card.datasets == ["bank/applications-2025"])
        #expect(card.metrics == ["roc_auc"])
        #expect(card.baseModels == ["bank/credit-base"])
        #expect(card.baseModelRelation == "finetune")
        #expect(card.pipelineTag == "tabular-classification")
        #expect(card.modelName == "credit-risk")
        let result = try #require(card.results.first)
        #expect(result.taskName == "Credit default")
        #expect(result.datasetType == "bank/holdout")
        #expect(result.datasetSplit == "test")
        #expect(result.datasetRevision == "5503434ddd753f426f4b38109466949a1217c2bb")
        #expect(result.metrics.first?.value == .number(0.8432))
        // In quotes it is a text, as YAML says.
        #expect(result.metrics.last?.value == .string("0.5"))
        #expect(result.sourceURL == "https://reports.example/1")
        #expect(card.knownLimitations == ["Few small businesses."])
        #expect(card.findings.isEmpty)
    }

    @Test("a card that was read, written and read again is the same card")
    func roundTrip() throws {
        var card = try ModelCard(reading: Self.hubCard)
        card.licenseName = "A \"quoted\" name: with colon, # hash\u{7}, \u{85} and \\"
        card.tags.append("- no")
        let again = try ModelCard(reading: card.markdown)
        #expect(again.licenseName == card.licenseName)
        #expect(again.tags == card.tags)
        #expect(again.results == card.results)
        #expect(again.knownLimitations == card.knownLimitations)
        #expect(again.body.hasPrefix(card.body))
        #expect(again.findings.isEmpty)
        #expect(again.markdown == card.markdown)
    }

    @Test(
        "known limitations are listed one by one",
        arguments: [
            (
                "## Known limitations\nMind these:\n- Few rows.\n* No data before 2023.\n## Other\n- x",
                ["Few rows.", "No data before 2023."]
            ),
            ("## Limitations\nNot for\nmortgages.\n\nNot for firms.", ["Not for mortgages.", "Not for firms."]),
            ("Limitations:\n- Old data.\n\n- Few rows.\n\nSomething else.", ["Old data.", "Few rows."]),
            ("---\nlimitations:\n  - Old data.\n---\n## Limitations\n- Old data.\n- Few rows.", ["Old data.", "Few rows."]),
            ("<!-- draft --> ## x\n## Limitations <!-- y -->\nOld <!-- z -->data.", ["Old data."]),
            ("Limitations\n-----------\n1. Old data,\n   very old.\n2) Few rows.", ["Old data, very old.", "Few rows."]),
            (
                "# Bias, Risks, and Limitations\n## Data\n- Not for:\n  - minors\n  - firms\n- Slow.",
                ["Not for: minors", "Not for: firms", "Slow."]
            ),
            ("## Limitations\n- [ ] Old data.\n- [x] Few rows.", ["Old data.", "Few rows."]),
            ("## Limitations\n| what | why |\n|---|---|\n| minors | no data |", ["minors — no data"]),
            ("- **Limitations:** few rows\n- **Owner:** risk team", ["few rows"]),
            ("**Known limitations:** few rows", ["few rows"]),
            ("## Limitations\n```\n- in code\n```\n- Old data.", ["Old data."]),
            ("```\n<!--\n```\n## Limitations\n- Old data.", ["Old data."]),
            ("Write ```x``` so.\n\n## Limitations\n- Old data.", ["Old data."]),
            (
                "## Intended uses & limitations\nUse it.\n### How to use\nRun it.\n### Limitations and bias\n- Old data.",
                ["Old data."]
            ),
            ("## Intended uses & limitations\n- Not for minors.", ["Not for minors."]),
            ("## Caveats and Recommendations\nOld data.\n\n## Known issues\n- Slow.", ["Old data.", "Slow."]),
            ("\u{FEFF}---\r\nlicense: mit\r\n---\r\n## Limitations\r\n- Old data.\r\n", ["Old data."]),
            ("---\nlicense: \"<!--\"\n---\n## Limitations\n- Old data.", ["Old data."]),
            ("---\n## Limitations\n- Never closed.", ["Never closed."]),
        ])
    func limitations(_ text: String, _ expected: [String]) throws {
        #expect(try ModelCard(reading: text).knownLimitations == expected)
    }

    @Test(
        "an empty section, a template's placeholder and a remark are no limitation",
        arguments: [
            "## Limitations\n\n## Next\ntext", "## Limitations\n[More Information Needed]", "## Limitations\nTBD", "",
            "no headings",
            "## Limitations\n<!-- say what it cannot do -->\n", "## Limitations\n<!--\n- later\n-->\n", "## Delimitations\n- x",
            "## Limitations\n### Recommendations\nUsers (both direct and downstream) should be made aware of the risks, biases and"
                + " limitations of the model. More information needed for further recommendations.",
        ])
    func none(_ text: String) throws {
        #expect(try ModelCard(reading: text).knownLimitations.isEmpty)
    }

    @Test("more limitations than fit are counted, and a long one is cut where everybody sees it")
    func bounds() throws {
        let items = (1...250).map { "- number \($0)\n" }.joined()
        let card = try ModelCard(reading: "## Limitations\n" + items)
        #expect(card.knownLimitations.count == 200)
        #expect(card.knownLimitations[198] == "number 199")
        #expect(card.knownLimitations.last == "… and 51 more limitations in the card itself.")
        let long = try ModelCard(reading: "## Limitations\n- " + String(repeating: "x", count: 5000))
        #expect(long.knownLimitations == [String(repeating: "x", count: 1999) + "…"])
    }

    @Test(
        "what cannot be read is said, and the limitations are read all the same",
        arguments: [
            "---\nlicense: [mit\n---\n", "---\nlicense: mit\n", "---\njust words\n---\n",
            "---\nlicense: &a mit\ntags: [*a]\n---\n",
            "---\nlicense: mit\nlicense: apache-2.0\n---\n", "---\nmodel-index: 3\n---\n",
        ])
    func findings(_ head: String) throws {
        let card = try ModelCard(reading: head + "## Limitations\n- Old data.")
        #expect(card.knownLimitations == ["Old data."])
        #expect(!card.findings.isEmpty)
        #expect(!card.findings.joined().contains("polic"))
    }

    @Test("a fence that nothing closes is a finding, because it hides what stands below")
    func unclosed() throws {
        let card = try ModelCard(reading: "```\n## Limitations\n- Old data.")
        #expect(card.knownLimitations.isEmpty)
        #expect(card.findings == ["a code block (```) is never closed and hides the rest of the card."])
    }

    @Test("a card that is too large or no text is refused")
    func refused() {
        #expect(throws: GatehouseError.self) { try ModelCard(reading: String(repeating: "x", count: 1 << 20 | 1)) }
        #expect(throws: GatehouseError.self) { try ModelCard(reading: [0xFF, 0xFE]) }
    }

    @Test("damaged cards are read without a crash, and quickly")
    func damaged() throws {
        let seed = Array(Self.hubCard.utf8)
        let marks = Array("-:#`|*>\n\"'[]{}&!%@<> \t\0\u{FF}".utf8)
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for _ in 0..<3000 {
            var bytes = seed
            for _ in 0...next(6) {
                let place = next(bytes.count)
                switch next(4) {
                case 0: bytes[place] = marks[next(marks.count)]
                case 1: bytes.insert(contentsOf: [UInt8](repeating: marks[next(marks.count)], count: next(40)), at: place)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + next(60) + 1))
                case _: bytes[place] = UInt8(next(256))
                }
                if bytes.isEmpty { bytes = [10] }
            }
            _ = try ModelCard(reading: String(decoding: bytes, as: UTF8.self))
        }
        for hostile in ["- ", "  - x\n", "|", "<!--", "```\n", "x:\n", "# x\n", "a\n--\n", "*", "[", "{", "> "] {
            _ = try ModelCard(reading: "## Limitations\n" + String(repeating: hostile, count: 20_000))
            _ = try ModelCard(reading: "---\n" + String(repeating: hostile, count: 2000) + "\n---\n")
        }
    }
}
