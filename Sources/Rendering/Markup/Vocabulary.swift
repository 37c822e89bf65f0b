/// The elements pages are made of.
extension Tag {
    package static let html = Tag("html")
    package static let head = Tag("head")
    package static let meta = Tag("meta", isVoid: true)
    package static let title = Tag("title")
    package static let style = Tag("style")
    package static let body = Tag("body")
    package static let main = Tag("main")
    package static let header = Tag("header")
    package static let section = Tag("section")
    package static let div = Tag("div")
    package static let h1 = Tag("h1")
    package static let h2 = Tag("h2")
    package static let p = Tag("p")
    package static let strong = Tag("strong", endsLine: false)
    package static let span = Tag("span", endsLine: false)
    package static let dl = Tag("dl")
    package static let dt = Tag("dt")
    package static let dd = Tag("dd")
    package static let figure = Tag("figure")
    package static let figcaption = Tag("figcaption")
    package static let details = Tag("details")
    package static let summary = Tag("summary")
    package static let table = Tag("table")
    package static let caption = Tag("caption")
    package static let thead = Tag("thead")
    package static let tbody = Tag("tbody")
    package static let tr = Tag("tr")
    package static let th = Tag("th", endsLine: false)
    package static let td = Tag("td", endsLine: false)
}

/// The elements drawings are made of.
extension Tag {
    static let svg = Tag("svg")
    static let group = Tag("g")
    static let desc = Tag("desc")
    static let text = Tag("text")
    static let line = Tag.shape("line")
    static let path = Tag.shape("path")
    static let circle = Tag.shape("circle")
    static let rect = Tag.shape("rect")
}

extension Attribute {
    package static func `class`(_ names: String) -> Attribute { Attribute("class", names) }
    package static func id(_ id: String) -> Attribute { Attribute("id", id) }
    package static func lang(_ language: String) -> Attribute { Attribute("lang", language) }
    package static func name(_ name: String) -> Attribute { Attribute("name", name) }
    package static func content(_ content: String) -> Attribute { Attribute("content", content) }
    package static func role(_ role: String) -> Attribute { Attribute("role", role) }
    package static func label(_ label: String) -> Attribute { Attribute("aria-label", label) }
    package static func labelledBy(_ ids: String) -> Attribute { Attribute("aria-labelledby", ids) }
    package static let isHidden = Attribute("aria-hidden", "true")
    package static let isFocusable = Attribute("tabindex", "0")
    package static let ofRow = Attribute("scope", "row")
    package static let ofColumn = Attribute("scope", "col")
}
