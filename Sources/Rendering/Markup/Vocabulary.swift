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

/// The elements that lead through a site and take what people enter.
extension Tag {
    package static let link = Tag("link", isVoid: true)
    package static let script = Tag("script")
    package static let nav = Tag("nav")
    package static let footer = Tag("footer")
    package static let article = Tag("article")
    package static let aside = Tag("aside")
    package static let h3 = Tag("h3")
    package static let ul = Tag("ul")
    package static let ol = Tag("ol")
    package static let li = Tag("li")
    package static let a = Tag("a", endsLine: false)
    package static let code = Tag("code", endsLine: false)
    package static let pre = Tag("pre")
    package static let wbr = Tag("wbr", isVoid: true, endsLine: false)
    package static let time = Tag("time", endsLine: false)
    package static let small = Tag("small", endsLine: false)
    package static let form = Tag("form")
    package static let fieldset = Tag("fieldset")
    package static let legend = Tag("legend")
    package static let label = Tag("label")
    package static let input = Tag("input", isVoid: true)
    package static let select = Tag("select")
    package static let option = Tag("option")
    package static let textarea = Tag("textarea")
    package static let button = Tag("button", endsLine: false)
    package static let output = Tag("output")
    package static let progress = Tag("progress", endsLine: false)
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
    package static func href(_ address: String) -> Attribute { Attribute("href", address) }
    package static func action(_ address: String) -> Attribute { Attribute("action", address) }
    package static func method(_ method: String) -> Attribute { Attribute("method", method) }
    package static func type(_ type: String) -> Attribute { Attribute("type", type) }
    package static func value(_ value: String) -> Attribute { Attribute("value", value) }
    package static func `for`(_ id: String) -> Attribute { Attribute("for", id) }
    package static func describedBy(_ ids: String) -> Attribute { Attribute("aria-describedby", ids) }
    package static let isRequired = Attribute("required", nil)
    package static let isChecked = Attribute("checked", nil)
    package static let isSelected = Attribute("selected", nil)
    package static let isDisabled = Attribute("disabled", nil)
    package static let isOpen = Attribute("open", nil)
}
