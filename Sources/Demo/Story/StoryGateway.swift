package import GatehouseCore

/// The gateway that the story's applications go to.
package struct StoryGateway: Sendable {
    /// What was answered, and when.
    package struct Scored: Sendable {
        let requestID: String?
        /// One for each row.
        let predictions: [Double]
        let at: Timestamp

        package init(requestID: String?, predictions: [Double], at: Timestamp) {
            self.requestID = requestID
            self.predictions = predictions
            self.at = at
        }
    }

    package typealias Score = @Sendable (_ endpoint: String, _ unit: String, _ body: String) async throws -> Scored

    let url: String
    /// Sends a scoring request of a unit to an endpoint.
    let score: Score
    /// The number of the version that answers for an endpoint; nil: none does yet.
    let served: @Sendable (_ endpoint: String) async throws -> Int64?

    package init(
        url: String, score: @escaping Score,
        served: @escaping @Sendable (_ endpoint: String) async throws -> Int64?
    ) {
        self.url = url
        self.score = score
        self.served = served
    }
}
