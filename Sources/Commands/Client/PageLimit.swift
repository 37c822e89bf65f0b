/// How much of a list is shown. The server is asked for one more, which tells whether there are more.
struct PageLimit {
    /// What a server gives at once.
    static let itemsMax = 1000

    private let items: Int

    init(_ items: Int) { self.items = items }

    /// A count that makes no sense goes to the server as it is, which says so.
    var query: (String, String) { ("limit", "\((1..<Self.itemsMax).contains(items) ? items + 1 : items)") }

    func shown<Item>(_ found: [Item]) -> [Item] { Array(found.prefix(max(items, 0))) }
}
