import GatehouseCore
import Gates
import Scoring

extension Gathering {
    /// Runs the custom checks one after another: each may use the whole machine.
    mutating func gatherCustom() async {
        for check in plan.policy.checks {
            guard case .custom(let custom) = check.kind else { continue }
            let start = evaluator.clock.now
            evidence.custom[check.name] = await attempt { try await customEvidence(custom, name: check.name) }
            tell(check.name, 1, isDone: true)
            record(check: check.name, since: start)
        }
    }

    private func customEvidence(_ check: CustomCheck, name: String) async throws -> CustomEvidence {
        switch check.kind {
        case .command(let arguments):
            guard case .inside(let directory, let environment) = evaluator.commands else {
                throw Absence(
                    verdict: .error,
                    reason:
                        "this server runs no commands; start it with --checks-dir and the folder that holds \(arguments.first ?? "them")"
                )
            }
            return .report(
                try await CommandCheck(environment: environment).run(
                    arguments: arguments, input: request(name), timeout: check.timeout, workingDirectory: directory))
        case .url(let url):
            guard let secret = evaluator.checkSecret else {
                throw Absence(
                    verdict: .error,
                    reason: "requests to checks are signed; set GATEHOUSE_CHECK_SECRET to whsec_ and 32 bytes in base64")
            }
            return .report(
                try await URLCheck(client: evaluator.http).run(
                    url: url, body: request(name), secret: secret, id: "msg_" + evaluator.ids(), now: evaluator.now(),
                    timeout: check.timeout))
        case .evidence:
            guard let posted = plan.posted[name] else {
                throw Absence(
                    verdict: .inconclusive,
                    reason: "nobody has posted evidence for this artifact; CI posts it with 'gatehouse evidence post'")
            }
            return posted
        case .attestation:
            guard let posted = plan.posted[name] else {
                throw Absence(verdict: .inconclusive, reason: "nobody has attested this artifact yet; see 'gatehouse attest'")
            }
            return posted
        case .card(let document, _):
            let artifact = try candidateArtifact.get()
            let modelCard = document == "model" ? ModelCard.path(among: artifact?.files ?? []) : nil
            guard let text = try artifact?.text(of: modelCard ?? "\(document)_card.md") else {
                throw Absence(verdict: .fail, reason: "\(plan.candidate.name) carries no \(document)_card.md")
            }
            return .card(text)
        case .robustness(let noise, _):
            return try await perturbed(relativeNoise: noise)
        }
    }

    /// What a command reads on standard input and a URL in its request body.
    private func request(_ check: String) -> JSONValue {
        .object([
            "check": .string(check),
            "subject": .string(plan.subject),
            "artifact": .object([
                "path": plan.candidate.path.map { .string($0) } ?? .null,
                "digest": plan.candidate.digest.map { .string($0.description) } ?? .null,
            ]),
            "dataset": plan.dataset.value.map { file in
                .object([
                    "name": .string(file.name), "path": .string(file.path), "format": .string(file.format.rawValue),
                    "digest": file.digest.map { .string($0.description) } ?? .null,
                ])
            } ?? .null,
            "label": plan.policy.evaluation.label.map { .string($0) } ?? .null,
        ])
    }

    /// Fixed, so that an evaluation repeated on the same bytes repeats its numbers.
    private static let perturbationSeed: UInt64 = 20_260_101

    private func perturbed(relativeNoise: Double) async throws -> CustomEvidence {
        let model = try candidate.get()
        let table = features(of: model, in: try rows.get())
        let noisy = try Perturbation.table(
            table, columns: model.runner.featureNames ?? table.columns.map(\.name), relativeNoise: relativeNoise,
            seed: Self.perturbationSeed)
        let original = try await model.runner.predict(table) { _ in }
        return .perturbed(
            original: original, perturbed: try await model.runner.predict(noisy) { _ in }, relativeNoise: relativeNoise)
    }
}
