import GatehouseCore
package import WireAPI

/// A URL that is asked until it answers 200, and says the version where it is told what that looks like.
package struct HealthCheck: Sendable {
    static let pollMilliseconds = 500
    static let excerptBytesMax = 100

    private let exchange: WebExchange
    private let expectedText: String?

    /// `expectedText` is looked for in the body: a digest, say.
    package init(_ exchange: WebExchange, expectedText: String?) {
        self.exchange = exchange
        self.expectedText = expectedText
    }

    package func wait(within limit: Duration) async throws -> DeploymentHealth {
        let deadline = ContinuousClock.now + limit
        var last = "it was not asked"
        while true {
            do {
                let answer = try await exchange.get()
                let body = String(decoding: answer.body, as: UTF8.self)
                let saysVersion = expectedText.map { body.contains($0) }
                if answer.status == 200, saysVersion ?? true {
                    return DeploymentHealth(state: "passed", how: "GET \(exchange.name)", sawVersion: saysVersion)
                }
                last =
                    answer.status == 200
                    ? "it answered without '\(expectedText ?? "")': \(body.prefix(Self.excerptBytesMax))"
                    : "it answered \(answer.status)"
            } catch let error as GatehouseError {
                last = error.message
            }
            guard ContinuousClock.now < deadline else { break }
            try await Task.sleep(for: .milliseconds(Self.pollMilliseconds))
        }
        return DeploymentHealth(
            state: "failed", how: "GET \(exchange.name)", sawVersion: expectedText == nil ? nil : false,
            reason: "\(exchange.name) was not well within \(limit.shortText): \(last)")
    }
}
