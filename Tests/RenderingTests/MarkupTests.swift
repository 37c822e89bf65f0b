import Testing

@testable import Rendering

@Suite("Markup") struct MarkupTests {
    @Test("text and attribute values are escaped, markup is not")
    func escapes() {
        let markup = Tag.p(.class("a\"b")) {
            "1 < 2 & 'x'"
            Tag.span { "y" }
        }
        #expect(markup.text == "<p class=\"a&quot;b\">1 &lt; 2 &amp; &#39;x&#39;<span>y</span></p>\n")
    }

    @Test("conditions, loops and missing attributes read as Swift does")
    func builder() {
        func list(_ items: [String]) -> Markup {
            Tag.dl(items.isEmpty ? nil : .class("full")) {
                for item in items { Tag.dt { item } }
                if items.isEmpty { "none" } else { Tag.dd { "\(items.count)" } }
            }
        }
        #expect(list([]).text == "<dl>none</dl>\n")
        #expect(list(["a", "b"]).text == "<dl class=\"full\"><dt>a</dt>\n<dt>b</dt>\n<dd>2</dd>\n</dl>\n")
    }

    @Test("void elements have no end, shapes close themselves")
    func ends() {
        #expect(Tag.meta(Attribute("charset", "utf-8")).text == "<meta charset=\"utf-8\">\n")
        #expect(Tag.circle(Attribute("r", 4.5)).text == "<circle r=\"4.5\"/>\n")
        #expect(Tag("input", isVoid: true)(Attribute("disabled", nil)).text == "<input disabled>\n")
    }

    @Test(
        "places in a drawing are short and always numbers",
        arguments: [(12, "12"), (12.04, "12"), (0.96, "1"), (-0.55, "-0.6"), (-0.01, "0"), (.nan, "0"), (1e300, "0")])
    func tenths(_ value: Double, _ text: String) {
        #expect(Attribute.tenths(value) == text)
    }

    @Test("control characters and marks of direction become visible signs of damage")
    func controls() {
        #expect(Markup("a\u{0}b\u{1B}\u{202E}c\u{85}\nd").text == "a\u{FFFD}b\u{FFFD}\u{FFFD}c\u{FFFD}\nd")
        #expect(Markup("é…−日本").text == "é…−日本")
    }
}
