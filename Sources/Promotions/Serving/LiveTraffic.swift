import GatehouseCore
import Registry
import Serving
import Statistics
import Storage

/// What gateways counted of production's inputs, and the buckets that they counted in.
package struct LiveTraffic: Sendable, Equatable {
    /// How far back traffic is current.
    static let daysMax: Int64 = 7

    /// `live traffic of v7 over 7 days (12000 requests)`, for sentences.
    let source: String
    let buckets: [FeatureBuckets]
    let counts: [FeatureCounts]

    /// The counts as profiles over the edges of `training`. Fails with the names of features that were not counted in those
    /// buckets: another training set cut them elsewhere.
    func profiles(like training: [FeatureProfile]) throws(Absence) -> [FeatureProfile] {
        let known = Dictionary(zip(buckets, counts).map { ($0.name, ($0, $1)) }) { first, _ in first }
        var profiles: [FeatureProfile] = []
        var others: [String] = []
        for feature in training {
            if let (buckets, counts) = known[feature.name], let profile = Self.profile(counts, buckets, like: feature) {
                profiles.append(profile)
            } else {
                others.append(feature.name)
            }
        }
        guard others.isEmpty else {
            let names = others.prefix(5).joined(separator: ", ") + (others.count > 5 ? ", …" : "")
            throw Absence(
                verdict: .inconclusive,
                reason:
                    "\(source) was counted in other buckets than this version's training has for \(others.count) of \(training.count) features (\(names)); name a dataset with 'current: dataset NAME'"
            )
        }
        return profiles
    }

    private static func profile(
        _ counts: FeatureCounts, _ buckets: FeatureBuckets, like training: FeatureProfile
    ) -> FeatureProfile? {
        // A value of another type is no value of this feature.
        let missing = counts.missing + counts.mistyped
        switch training.buckets {
        case .numeric(let edges, _):
            guard edges.count >= 2, buckets.edges == Array(edges.dropFirst().dropLast()), counts.counts.count == edges.count - 1
            else { return nil }
            return FeatureProfile(
                name: training.name, buckets: .numeric(edges: edges, counts: counts.counts), missing: missing)
        case .categorical(let known):
            let pooled = FeatureBuckets.otherCategories
            guard let categories = buckets.categories, Set(categories) == Set(known.keys.filter { $0 != pooled }),
                counts.counts.count == categories.count
            else { return nil }
            var current = Dictionary(zip(categories, counts.counts)) { $0 + $1 }
            if counts.unknown > 0 { current[pooled, default: 0] += counts.unknown }
            return FeatureProfile(name: training.name, buckets: .categorical(current), missing: missing)
        }
    }
}

extension FeatureBuckets {
    /// Stands for categories beyond those that are counted by themselves.
    static let otherCategories = "(other)"

    /// Those in which training counted a feature. An edge itself belongs to the bucket above it, and what lies outside to the
    /// end buckets, as in `FeatureProfile`.
    init(_ profile: FeatureProfile) {
        switch profile.buckets {
        case .numeric(let edges, _): self.init(name: profile.name, edges: Array(edges.dropFirst().dropLast()))
        case .categorical(let counts):
            self.init(name: profile.name, categories: counts.keys.filter { $0 != Self.otherCategories }.sorted())
        }
    }
}

extension SQLTransaction {
    /// What the champion of the default slot was asked in the last days. Fails with why there is nothing.
    func liveTraffic(of model: ModelName, at now: Timestamp) throws -> Result<LiveTraffic, Absence> {
        func absent(_ reason: String) -> Result<LiveTraffic, Absence> {
            .failure(Absence(verdict: .inconclusive, reason: reason + "; name a dataset with 'current: dataset NAME' until then"))
        }
        let slot = Slot(model: model)
        guard let champion = try occupant(of: slot)?.version, let digest = try requiredVersion(champion, of: model).artifact
        else {
            return absent("no version is in production, so no gateway has seen its traffic")
        }
        let endpoints = try servingEndpoints(for: slot)
        guard !endpoints.isEmpty else { return absent("no endpoint serves \(model), so there is no live traffic to look at") }
        guard let buckets = try featureBuckets(of: digest), !buckets.isEmpty else {
            return absent("no endpoint of \(model) has counted features yet (live_statistics)")
        }
        let from = now.adding(.seconds(-LiveTraffic.daysMax * 86_400))
        var sum: [String: FeatureCounts] = [:]
        var inspected = 0
        for endpoint in endpoints {
            let windows = try armWindows(endpoint: endpoint.name, segment: slot.segment, from: from, until: now)
            for window in windows where window.arm == .champion && window.digest == digest {
                inspected += window.inspected - window.unreadable
                for counts in window.features {
                    guard var known = sum[counts.name] else {
                        sum[counts.name] = counts
                        continue
                    }
                    // Other buckets under the same digest would be a fault of the gateway; they are not counted.
                    if known.add(counts) { sum[counts.name] = known }
                }
            }
        }
        guard inspected > 0 else {
            return absent("no gateway has looked into a request of \(model) v\(champion) in the last \(LiveTraffic.daysMax) days")
        }
        let counted = buckets.map { sum[$0.name] ?? FeatureCounts($0) }
        let source = "live traffic of v\(champion) over \(LiveTraffic.daysMax) days (\(inspected) requests)"
        return .success(LiveTraffic(source: source, buckets: buckets, counts: counted))
    }
}
