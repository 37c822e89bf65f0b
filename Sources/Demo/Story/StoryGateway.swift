/// The gateway that the story's applications go to.
package struct StoryGateway: Sendable {
    let url: String
    /// Sends a scoring request of a unit to an endpoint.
    let score: @Sendable (_ endpoint: String, _ unit: String, _ body: String) async throws -> Void
    /// The number of the version that answers for an endpoint; nil: none does yet.
    let served: @Sendable (_ endpoint: String) async throws -> Int64?

    package init(
        url: String, score: @escaping @Sendable (_ endpoint: String, _ unit: String, _ body: String) async throws -> Void,
        served: @escaping @Sendable (_ endpoint: String) async throws -> Int64?
    ) {
        self.url = url
        self.score = score
        self.served = served
    }
}
