package import GatehouseCore

/// An evidence pack filled in for a version: each requirement with what the record holds, or that it holds nothing.
package struct Dossier: Sendable, Equatable {
    package struct Section: Sendable, Equatable {
        package let reference: String
        package let title: String
        package let answers: [Answer]
    }

    package struct Answer: Sendable, Equatable {
        package let requirement: String
        package let evidence: EvidenceKey
        package let content: EvidenceContent
    }

    package let pack: EvidencePack
    package let model: ModelName
    package let version: VersionNumber
    package let asOf: Timestamp?
    /// `Explanation.sentence`.
    package let sentence: String
    package let sections: [Section]

    package init(_ pack: EvidencePack, _ explanation: Explanation) {
        self.pack = pack
        model = explanation.model
        version = explanation.version
        asOf = explanation.asOf
        sentence = explanation.sentence
        let source = EvidenceSource(explanation)
        sections = pack.sections.map { section in
            Section(
                reference: section.reference, title: section.title,
                answers: section.items.map {
                    Answer(requirement: $0.requirement, evidence: $0.evidence, content: source.content($0.evidence))
                })
        }
    }

    package var answers: [Answer] { sections.flatMap(\.answers) }
    package var recordedCount: Int { answers.filter(\.isRecorded).count }

    package var json: JSONValue {
        .object([
            "pack": .string(pack.reference), "title": .string(pack.title), "model_name": .string(model.text),
            "version": .integer(version.value), "as_of": .time(asOf), "sentence": .string(sentence),
            "recorded": .integer(Int64(recordedCount)), "requirements": .integer(Int64(answers.count)),
            "remarks": .array(pack.remarks.map { .string($0) }),
            "sections": .array(
                sections.map { section in
                    [
                        "reference": .string(section.reference), "title": .string(section.title),
                        "answers": .array(section.answers.map(\.json)),
                    ]
                }),
        ])
    }
}

extension Dossier.Answer {
    package var isRecorded: Bool {
        if case .notRecorded = content { return false }
        return true
    }

    fileprivate var json: JSONValue {
        var members = content.json.objectValue ?? [:]
        members["requirement"] = .string(requirement)
        members["evidence"] = .string(evidence.rawValue)
        return .object(members)
    }
}
