import GatehouseCore

extension CustomCheck {
    /// Judges what the check brought back. Evidence of another kind than the check asked for is an error, not an answer.
    package func judge(_ evidence: Available<CustomEvidence>) -> Judgement {
        let found: CustomEvidence
        switch evidence {
        case .missing(let verdict, let reason): return Judgement(verdict, reason)
        case .available(let value): found = value
        }
        switch (kind, found) {
        case (.command, .report(let json)), (.url, .report(let json)), (.evidence, .report(let json)):
            return CustomReport.judge(json)
        case (.card(let document, let fields), .card(let text)):
            return Self.judge(card: text, document: document, requiredFields: fields)
        case (.attestation, .attestation(_, let time, _)):
            // Who, and in which words, stands in the audit log, where it can be forgotten; a result is kept for good.
            return Judgement(.pass, "Attested at \(time); by whom and in which words is in the audit log.")
        case (.robustness(let noise, let maxShift), .perturbed(let original, let perturbed, let measuredNoise)):
            guard noise == measuredNoise else {
                return Judgement(
                    .error, "The inputs were perturbed by \(measuredNoise) of their size, but the policy asks for \(noise).")
            }
            return Robustness(maxMeanShift: maxShift, relativeNoise: noise).judge(original, perturbed)
        case (.command, _), (.url, _), (.evidence, _), (.card, _), (.attestation, _), (.robustness, _):
            return Judgement(.error, "The evidence is not of the kind this check asks for.")
        }
    }

    private static func judge(card text: String, document: String, requiredFields: [String]) -> Judgement {
        guard text.utf8.count <= CardDocument.cardBytesMax else {
            return Judgement(
                .error, "The \(document) card has \(text.utf8.count) bytes, at most \(CardDocument.cardBytesMax) are read.")
        }
        let card = CardDocument(text)
        let missing = requiredFields.filter { card.text(of: $0).isEmpty }
        let measurements = requiredFields.map { field in
            let isMissing = missing.contains(field)
            return Measurement(
                "field_filled_in", subject: field, value: isMissing ? 0 : 1, limit: .atLeast(1),
                verdict: isMissing ? .fail : .pass,
                reason: isMissing ? "no heading or key of this name has a text" : nil)
        }
        guard missing.isEmpty else {
            let names = missing.joined(separator: ", ")
            return Judgement(.fail, "The \(document) card says nothing about: \(names).", measurements: measurements)
        }
        return Judgement(
            .pass, "The \(document) card fills in all \(requiredFields.count) required fields.", measurements: measurements)
    }
}
