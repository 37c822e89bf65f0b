import GatehouseCore
package import WireAPI

/// Gatehouse gateways: they follow the slot by themselves, so nothing is pinned here. What can be seen is whether all of them
/// serve the version, by its digest.
package struct GatewayTarget: DeploymentTarget {
    static let pollMilliseconds = 500

    private let endpoint: String
    private let segment: String
    private let version: PinnedVersion
    private let inventory: @Sendable () async throws -> InventoryAnswer

    package init(
        endpoint: String, segment: String, version: PinnedVersion,
        inventory: @escaping @Sendable () async throws -> InventoryAnswer
    ) {
        self.endpoint = endpoint
        self.segment = segment
        self.version = version
        self.inventory = inventory
    }

    package var name: String { "gateway \(endpoint) \(segment)" }

    package func read() async throws -> (changes: [PinChange], isThere: Bool) {
        ([], try await Self.missing(inventory(), endpoint, segment, version) == nil)
    }

    /// The slot is moved by promotions and rollbacks only.
    package func write(_ changes: [PinChange], _ note: ChangeNote) async throws -> Written {
        Written(hasChanged: false, revision: nil)
    }

    package func health(within limit: Duration) async throws -> DeploymentHealth? {
        let deadline = ContinuousClock.now + limit
        let how = "inventory of gateways"
        var last = ""
        repeat {
            guard let missing = try await Self.missing(inventory(), endpoint, segment, version) else {
                return DeploymentHealth(state: "passed", how: how, sawVersion: true)
            }
            last = missing
            try await Task.sleep(for: .milliseconds(Self.pollMilliseconds))
        } while ContinuousClock.now < deadline
        return DeploymentHealth(
            state: "failed", how: how, sawVersion: false,
            reason: "'\(endpoint)' does not serve v\(version.version) after \(limit.shortText): \(last)")
    }

    /// What keeps the version from being served; nil: every gateway that reports serves it.
    static func missing(
        _ inventory: InventoryAnswer, _ endpoint: String, _ segment: String, _ version: PinnedVersion
    ) -> String? {
        let silent = Set(inventory.gateways.filter { $0.state == "stale" }.map(\.id))
        let rows = inventory.served.filter { $0.endpoint == endpoint && $0.segment == segment && $0.role == "champion" }
        let heard = rows.filter { !silent.contains($0.gateway) }
        if heard.isEmpty { return rows.isEmpty ? "no gateway has reported it" : "every gateway that served it is silent" }
        let other = heard.first {
            $0.digest != version.artifact?.description || $0.version != version.version.value || $0.state != "ready"
        }
        return other.map { row in
            "\(row.gateway) has \(row.version.map { "v\($0)" } ?? "nothing") (\(row.state ?? "absent"))"
        }
    }
}
