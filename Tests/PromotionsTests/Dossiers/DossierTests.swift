import GatehouseCore
import Gates
import Testing

@testable import AuditLog
@testable import Promotions

@Suite("Evidence packs")
struct DossierTests {
    /// A version of which nothing but its registration and one evaluation is on record.
    private func explanation(_ measurements: [Measurement], evaluated: Bool = true) throws -> Explanation {
        let (model, version) = (try ModelName("hiring"), try VersionNumber(2))
        let results = [
            CheckResult(
                name: "fairness", gate: "fairness", enforcement: .block, inconclusiveBlocks: true,
                judgement: Judgement(.fail, "Unequal.", measurements: measurements), durationMilliseconds: 1, inputs: [:])
        ]
        let evaluation = Evaluation(
            id: "ev_1", model: model, version: version, state: .finished, policyReference: "default",
            policyDigest: Facts.digest(1), artifactDigest: nil, datasetReference: nil, championVersion: nil, results: results,
            reason: nil, requestedBy: .user("ada"), startedAt: Workshop.start, finishedAt: Workshop.start)
        let registered = try Self.entry(1, .versionRegistered, model, version, ["artifact": nil])
        let finished = try Self.entry(
            2, .evaluationFinished, model, version, EvaluationRecord(evaluation, on: nil, policyEntry: nil).facts)
        return Explanation(model, version, entries: evaluated ? [registered, finished] : [registered])
    }

    private static func entry(
        _ sequence: Int64, _ action: AuditAction, _ model: ModelName, _ version: VersionNumber, _ facts: JSONValue
    ) throws -> AuditEntry {
        let draft = AuditDraft(
            id: "e\(sequence)", time: Workshop.start, principal: .system("test"), action: action, model: model, version: version,
            facts: facts)
        let leaf = AuditLeaf(
            draft, sequence: sequence, principal: PersonReference(.system("test"), salt: []), people: [:], texts: [:])
        return AuditEntry(leaf: leaf, principal: .system("test"), people: [:], texts: [:])
    }

    private func rate(_ subject: String, _ value: Double?, n: Int) -> Measurement {
        Measurement("selection_rate", subject: subject, value: value, n: n, reason: value == nil ? "empty" : nil)
    }

    @Test("every pack says of every requirement what is on record or that it is not", arguments: EvidencePack.all)
    func everything(_ pack: EvidencePack) throws {
        for evaluated in [true, false] {
            let dossier = Dossier(pack, try explanation([], evaluated: evaluated))
            #expect(dossier.answers.count == pack.sections.flatMap(\.items).count)
            for answer in dossier.answers {
                if case .notRecorded(let reason) = answer.content { #expect(!reason.isEmpty) }
            }
            #expect(dossier.json["pack"] == .string(pack.reference))
            let text = dossier.json.canonicalText.lowercased()
            #expect(!text.contains("compliant") && !text.contains("compliance"))
            #expect(!text.contains("20270") && !text.contains("2027-") && !text.contains("2 dec"))
        }
    }

    @Test("a version without evaluation has nothing measured on record")
    func nothingMeasured() throws {
        let dossier = Dossier(.nycLL144, try explanation([], evaluated: false))
        let measured: Set<EvidenceKey> = [
            .selectionRates, .intersectionalRates, .unknowns, .smallCategories, .dataset, .auditDate,
        ]
        for answer in dossier.answers where measured.contains(answer.evidence) { #expect(!answer.isRecorded) }
    }

    @Test("impact ratios are rates over the highest rate of the grouping, unknowns are counted and left out")
    func impactRatios() throws {
        let dossier = Dossier(
            .nycLL144,
            try explanation([
                Measurement("auc", value: 0.8, n: 1000), rate("sex=f", 0.3, n: 400), rate("sex=m", 0.5, n: 590),
                rate("sex=(missing)", 0.9, n: 10), rate("race=x, sex=f", 0.1, n: 15), rate("race=y, sex=m", 0.4, n: 100),
                rate("race=y, sex=f", nil, n: 0),
            ]))
        func table(_ key: EvidenceKey) throws -> EvidenceContent.Table {
            guard case .table(let table) = try #require(dossier.answers.first { $0.evidence == key }).content else {
                throw GatehouseError(.notFound, "\(key) is no table")
            }
            return table
        }
        let rates = try table(.selectionRates)
        #expect(rates.rows.map { $0[1] } == ["sex=f", "sex=m"])
        // 0.3 / 0.5; the missing group's 0.9 is no category's.
        #expect(rates.rows.map { $0[7].doubleValue } == [0.6, 1])
        #expect(rates.rows.map { $0[3].doubleValue } == [0.4, 0.59])
        let crossed = try table(.intersectionalRates)
        #expect(crossed.rows.map { $0[7].doubleValue } == [0.25, 1, nil])
        #expect(crossed.rows.last?[8] == "empty")
        #expect(try table(.unknowns).rows == [["sex", 10]])
        let small = try #require(dossier.answers.first { $0.evidence == .smallCategories })
        #expect(
            small.content
                == .statements([
                    "race=x, sex=f: 15 rows, below 2 %. It is not left out of the tables above.",
                    "race=y, sex=f: 0 rows, below 2 %. It is not left out of the tables above.",
                ]))
    }

    @Test("packs are found by name and by version, and an unknown one names those that exist")
    func names() throws {
        #expect(try EvidencePack.named("eu-ai-act") == .euAIAct)
        #expect(try EvidencePack.named("sr-26-2@1") == .sr262)
        #expect(throws: GatehouseError.self) { try EvidencePack.named("eu-ai-act@2") }
    }
}
