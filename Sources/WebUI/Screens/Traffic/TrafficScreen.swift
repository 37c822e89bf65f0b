import GatehouseCore
import Promotions

/// What serves what, at which share, and whether it is well.
struct TrafficScreen: Screen {
    static let endpointsMax = 25
    static let gatewaysMax = 25
    static let differencesMax = 20

    let endpoints: [EndpointNow]
    /// How many there are in all.
    let total: Int
    /// The last name of this page, where there are more.
    let next: String?
    let gateways: [ServingInventory.Gateway]
    let gatewaysTotal: Int
    /// What gateways serve otherwise than the newest table asks.
    let differences: [ServingInventory.Row]
    let tableNumber: Int64?
    let published: Timestamp?

    var title: [String] { ["Traffic"] }
    var place: Place { .traffic }
    var topics: [String] { ["log", "traffic"] }
}
