package import Storage

package enum EventMigrations {
    /// In the order in which they run. A released one never changes.
    package static let all: [Migration] = [.webhooks, .slack, .targetsAndAttempts, .receivers, .rests, .fannedOut]
}
