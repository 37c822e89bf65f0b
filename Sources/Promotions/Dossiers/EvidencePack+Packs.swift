extension EvidencePack {
    private static let noVerdict = """
        This document shows what the registry's audit log holds. It is no statement that any requirement is met, and \
        "not recorded" does not say that something was not done.
        """

    /// Regulation (EU) 2024/1689: what a promotion's record can show of a high-risk system's duties.
    static let euAIAct = EvidencePack(
        name: "eu-ai-act", number: 1, title: "EU AI Act (Regulation 2024/1689): technical documentation, as far as recorded",
        sections: [
            Section(
                "Annex IV 1", "General description",
                [
                    Item("Version and its relation to previous versions (1(a))", .identity),
                    Item("Previous versions it was measured against or took the place of (1(a))", .predecessors),
                ]),
            Section(
                "Article 9", "Risk management",
                [
                    Item("Testing against metrics and thresholds that were defined before", .thresholds),
                    Item("Results of that testing", .checkResults),
                ]),
            Section(
                "Article 10", "Data and data governance",
                [
                    Item("The data set it was tested on", .dataset),
                    Item("Design choices, collection, preparation, gaps of the data (data card)", .dataCard),
                    Item("Examination for possible biases", .groupPerformance),
                ]),
            Section(
                "Annex IV 2(g)", "Test logs and test reports, dated and signed",
                [
                    Item("Test reports with their date, and the signed log they stand in", .testReports)
                ]),
            Section(
                "Article 12", "Record-keeping",
                [
                    Item("Events recorded over the lifetime", .logging), Item("Monitoring of operation", .outcomes),
                    Item("Change of the data it works on", .drift),
                ]),
            Section(
                "Article 13", "Transparency",
                [
                    Item("Instructions for use: accuracy, known risks (model card)", .modelCard),
                    Item("Performance for specific groups", .groupPerformance),
                ]),
            Section(
                "Article 14", "Human oversight",
                [
                    Item("Understanding capacities and limitations (14(4)(a))", .limitations),
                    Item("Awareness of automation bias (14(4)(b))", .overReliance),
                    Item("Interpretation and decision by a person (14(4)(c), (d))", .questionnaire),
                    Item("Who decided, and when", .reviews), Item("Means to stop or to go back (14(4)(e))", .stop),
                    Item("How many people had to agree (14(5))", .approversRequired),
                ]),
            Section(
                "Article 15", "Accuracy, robustness, cybersecurity",
                [
                    Item("Levels of accuracy", .accuracyMetrics), Item("Robustness", .robustness),
                ]),
            Section(
                "Article 17", "Quality management",
                [
                    Item("Procedures for changes and who answers for them", .decisions),
                    Item("Examination before release under real conditions", .shadow),
                ]),
            Section("Articles 18, 19, 26(6)", "Keeping documentation and logs", [Item("How long records are kept", .retention)]),
        ], remarks: [noVerdict])

    /// SR 26-2 / OCC Bulletin 2026-13 / FIL-15-2026, which replaced SR 11-7.
    static let sr262 = EvidencePack(
        name: "sr-26-2", number: 1, title: "SR 26-2: model risk management, as far as recorded",
        sections: [
            Section(
                "Inventory", "What the model is and where it is used",
                [
                    Item("Identity of the version", .identity), Item("Where it was in use, and when", .inventory),
                    Item("Materiality: exposure and purpose", .materiality),
                ]),
            Section(
                "Development", "What it was tested with",
                [
                    Item("Data", .dataset), Item("Documentation of the model", .modelCard),
                    Item("Criteria, and whether they were there first", .thresholds), Item("Results", .checkResults),
                ]),
            Section(
                "Validation", "Independent of those who built it",
                [
                    Item("Who validated it, and what they had to do with it", .independence), Item("Their decisions", .reviews),
                    Item("Effective challenge: what was asked and answered", .challenge),
                    Item("Comparison with the model in use", .predecessors),
                ]),
            Section(
                "Outcomes analysis", "How predictions turned out",
                [
                    Item("Outcomes against predictions", .outcomes), Item("Trial beside the model in use", .shadow),
                ]),
            Section(
                "Ongoing monitoring", "What makes it be looked at again",
                [
                    Item("Change of the data", .drift), Item("Events that call for a new review", .reviewTriggers),
                ]),
            Section(
                "Governance", "Decisions and exceptions",
                [
                    Item("Every attempt to move it, granted, refused or withdrawn", .decisions),
                    Item("The log they stand in", .logging),
                ]),
        ], remarks: [noVerdict])

    /// New York City Local Law 144 of 2021, 6 RCNY § 5-301.
    static let nycLL144 = EvidencePack(
        name: "nyc-ll144", number: 1, title: "NYC Local Law 144: figures of a bias audit, as far as recorded",
        sections: [
            Section(
                "§ 5-301 (b)", "Selection rates and impact ratios",
                [
                    Item("Selection rate and impact ratio of each category", .selectionRates),
                    Item("The same for intersections of categories", .intersectionalRates),
                ]),
            Section("§ 5-301 (c)", "Scoring rates", [Item("Share of each category above the sample median", .scoringRates)]),
            Section(
                "§ 5-301 (d)", "Categories below 2 % of the data",
                [
                    Item("Categories that may be left out, with a justification", .smallCategories)
                ]),
            Section("§ 5-301", "Persons of unknown category", [Item("Number of persons without a category", .unknowns)]),
            Section(
                "§ 5-302, § 5-303", "Data and date",
                [
                    Item("The data set the figures are of", .dataset), Item("When the figures were measured", .auditDate),
                    Item("Independent auditor", .independence), Item("Publication of the summary", .publication),
                ]),
        ],
        remarks: [
            noVerdict,
            """
            A selection is a score at or above the decision threshold of the evaluation. The categories are the columns that the \
            policy names as groups; whether they are sex, race and ethnicity is for the reader to see.
            """,
        ])
}
