package import GatehouseCore

/// What a set of rules asks to be shown, requirement by requirement, and which part of the record answers each. Data with a
/// version: a changed pack gets the next number, so that a document says which one it was made by. No dates, because they
/// change by other laws than ours, and no verdict: whether the evidence suffices is for people to say.
package struct EvidencePack: Sendable, Equatable {
    package struct Section: Sendable, Equatable {
        /// `Article 9`, `§ 5-301`.
        package let reference: String
        package let title: String
        package let items: [Item]

        init(_ reference: String, _ title: String, _ items: [Item]) {
            self.reference = reference
            self.title = title
            self.items = items
        }
    }

    package struct Item: Sendable, Equatable {
        package let requirement: String
        package let evidence: EvidenceKey

        init(_ requirement: String, _ evidence: EvidenceKey) {
            self.requirement = requirement
            self.evidence = evidence
        }
    }

    package let name: String
    package let number: Int
    package let title: String
    package let sections: [Section]
    /// What a reader must know before relying on it.
    package let remarks: [String]

    /// `eu-ai-act@1`.
    package var reference: String { "\(name)@\(number)" }

    package static let all: [EvidencePack] = [.euAIAct, .sr262, .nycLL144]

    /// Reads `eu-ai-act` or `eu-ai-act@1`. Fails with `notFound` naming those that exist.
    package static func named(_ text: String) throws(GatehouseError) -> EvidencePack {
        guard let pack = all.first(where: { $0.name == text || $0.reference == text }) else {
            throw GatehouseError(
                .notFound, "There is no evidence pack '\(text.prefix(80))'.",
                hint: "Packs are: \(all.map(\.reference).joined(separator: ", ")).")
        }
        return pack
    }
}

/// A part of the record that requirements ask for.
package enum EvidenceKey: String, Sendable, CaseIterable {
    case identity, predecessors, thresholds, checkResults = "check_results", testReports = "test_reports"
    case accuracyMetrics = "accuracy_metrics", robustness, dataset, dataCard = "data_card", modelCard = "model_card"
    case groupPerformance = "group_performance", drift, reviews, questionnaire, limitations, overReliance = "over_reliance"
    case approversRequired = "approvers_required", independence, challenge, stop, decisions, logging, shadow
    case outcomes, inventory, reviewTriggers = "review_triggers", materiality, retention
    case selectionRates = "selection_rates", intersectionalRates = "intersectional_rates", unknowns, smallCategories =
        "small_categories"
    case scoringRates = "scoring_rates", auditDate = "audit_date", publication
}
