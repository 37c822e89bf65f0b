package import GatehouseCore
package import WireAPI

/// Golden requests, and whom to ask them.
package struct GoldenSuite: Sendable {
    package static let failuresMax = 20
    /// A gateway says with every answer which bytes made it.
    static let digestHeader = "x-gatehouse-digest"
    static let reasonBytesMax = 300

    package let requests: [GoldenRequest]
    private let digest: Digest
    private let artifact: Digest?
    private let exchange: WebExchange

    /// `digest` is of the file; `artifact` are the bytes that answers, where they say so, have to be of.
    package init(_ requests: [GoldenRequest], digest: Digest, artifact: Digest?, exchange: WebExchange) {
        self.requests = requests
        self.digest = digest
        self.artifact = artifact
        self.exchange = exchange
    }

    /// Asks all of them, also after one has failed, one after the other: an answer is not to depend on another request.
    package func ask() async -> DeploymentGolden {
        var (passed, saidVersion) = (0, 0)
        var failures: [DeploymentGolden.Failure] = []
        for request in requests {
            do {
                let answer = try await exchange.post(request.request)
                let said = answer.headers[Self.digestHeader]
                if said != nil, said == artifact?.description { saidVersion += 1 }
                if let why = difference(request, answer, saying: said) {
                    failures.append(.init(name: request.name, reason: why))
                } else {
                    passed += 1
                }
            } catch {
                let why = (error as? GatehouseError)?.message ?? "\(error)"
                failures.append(.init(name: request.name, reason: why))
            }
        }
        let shown = failures.prefix(Self.failuresMax).map {
            DeploymentGolden.Failure(name: String($0.name.prefix(100)), reason: String($0.reason.prefix(Self.reasonBytesMax)))
        }
        return DeploymentGolden(
            state: passed == requests.count ? "passed" : "failed", asked: requests.count, passed: passed,
            digest: digest.description, sawVersion: saidVersion == 0 ? nil : saidVersion, failures: shown)
    }

    private func difference(_ request: GoldenRequest, _ answer: WebExchange.Answer, saying said: String?) -> String? {
        guard answer.status == 200 else {
            return "answered \(answer.status): \(String(decoding: answer.body.prefix(200), as: UTF8.self))"
        }
        if let said, let artifact, said != artifact.description {
            return "answered by \(said.prefix(80)), not by \(artifact)"
        }
        do throws(GatehouseError) {
            let body = try JSONParser.parse(answer.body, allowsNonFinite: true)
            return GoldenComparison.difference(request.expected, body, tolerance: request.tolerance)
        } catch {
            return "answered no JSON (\(error.message))"
        }
    }
}
