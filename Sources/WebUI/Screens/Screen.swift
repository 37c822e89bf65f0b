import GatehouseCore
import Rendering

/// One page: the values it shows, loaded beforehand, and how they look. The same values give the same markup.
protocol Screen: Sendable {
    /// For the window and for `h1` readers, the most special part first: `Blocked`, `credit-risk v7`.
    var title: [String] { get }
    var place: Place { get }
    /// What the page is about, as `LiveFeed` names it; when it changes, the parts marked as live are fetched anew.
    var topics: [String] { get }
    @MarkupBuilder func content(_ visit: Visit) -> Markup
}

extension Screen {
    var topics: [String] { [] }
}

/// The parts of the site that the navigation leads to.
enum Place: String, Sendable, CaseIterable {
    case home, models, reviews, traffic, policies, experiments, audit, playground, settings

    var name: String {
        switch self {
        case .home: "Home"
        case .models: "Models"
        case .reviews: "Reviews"
        case .traffic: "Traffic"
        case .policies: "Policies"
        case .experiments: "Runs"
        case .audit: "Audit log"
        case .playground: "Playground"
        case .settings: "Settings"
        }
    }

    var address: String { self == .home ? "/" : "/" + rawValue }
}
