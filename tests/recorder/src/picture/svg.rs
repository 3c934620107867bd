//! Writes SVG: a handful of shapes, and text that is always escaped.

use std::fmt::Write;

use super::xml;

/// Where a text stands, seen from its x.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture that grows downwards.
#[derive(Default)]
pub struct Svg {
    shapes: String,
}

/// The fonts, and what is told by weight and slant. Names of fonts that have Chinese characters
/// stand behind those that look better without.
const FONTS: &str = "\
text{font:15px system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif}
.mono{font:14px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK SC',monospace;white-space:pre}
.title{font-size:20px;font-weight:600}.strong{font-weight:600}.small{font-size:13px}
.derived{font-style:italic}rect.derived{fill-opacity:.5}
.rule,.fold,.arrow{fill:none}.fold{stroke-dasharray:2 4}.arrow{stroke-width:1.6}.arrow.reset{stroke-width:2.4}
";

/// Colours. What is told by a colour is told by words too.
struct Palette {
    paper: &'static str,
    ink: &'static str,
    dim: &'static str,
    rule: &'static str,
    tint: &'static str,
    listen: &'static str,
    shake: &'static str,
    open: &'static str,
    closing: &'static str,
    keeps: &'static str,
    reset: &'static str,
}

const LIGHT: Palette = Palette {
    paper: "#fff",
    ink: "#1b1f24",
    dim: "#59636e",
    rule: "#d1d9e0",
    tint: "#f1f4f7",
    listen: "#2f6fdb",
    shake: "#4f7fc9",
    open: "#1a7f37",
    closing: "#9a6700",
    keeps: "#bf125d",
    reset: "#d1242f",
};

const DARK: Palette = Palette {
    paper: "#15191f",
    ink: "#e6edf3",
    dim: "#9aa5b1",
    rule: "#3d444d",
    tint: "#212830",
    listen: "#6ea8fe",
    shake: "#7fa6e0",
    open: "#3fb950",
    closing: "#d9a441",
    keeps: "#f06595",
    reset: "#ff7b72",
};

impl Palette {
    fn style(&self) -> String {
        let Palette { paper, ink, dim, rule, tint, .. } = self;
        let Palette { listen, shake, open, closing, keeps, reset, .. } = self;
        format!(
            "text,.tip{{fill:{ink}}}.dim,.waits{{fill:{dim}}}.paper{{fill:{paper}}}.tint{{fill:{tint}}}\
             .rule{{stroke:{rule}}}.fold{{stroke:{dim}}}.arrow{{stroke:{ink}}}.arrow.reset{{stroke:{reset}}}\
             .tip.reset,text.reset{{fill:{reset}}}.listen{{fill:{listen}}}.shake{{fill:{shake}}}\
             .open{{fill:{open}}}.closing{{fill:{closing}}}.keeps{{fill:{keeps}}}"
        )
    }
}

/// Light, unless the reader's system is dark; on paper always light.
fn style() -> String {
    let (light, dark) = (LIGHT.style(), DARK.style());
    format!("{FONTS}{light}\n@media screen and (prefers-color-scheme:dark){{{dark}}}\n")
}

impl Svg {
    /// A text on one line, whose middle is at `y`.
    pub fn text(&mut self, x: i32, y: i32, anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (y, text) = (y + 5, xml::escape(text));
        let _ = writeln!(
            self.shapes,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        );
    }

    /// A rectangle.
    pub fn rect(&mut self, x: i32, y: i32, width: i32, height: i32, class: &str) {
        let _ = writeln!(
            self.shapes,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" class=\"{class}\"/>"
        );
    }

    /// A line.
    pub fn line(&mut self, from: (i32, i32), to: (i32, i32), class: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let _ = writeln!(
            self.shapes,
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>"
        );
    }

    /// An arrow, with `tip` to be read by who points at it.
    pub fn arrow(&mut self, from: (i32, i32), to: (i32, i32), class: &str, tip: &str) {
        let _ = writeln!(self.shapes, "<g><title>{}</title>", xml::escape(tip));
        self.line(from, to, &format!("arrow {class}"));
        let (x, y) = to;
        let back = if from.0 < x { x - 11 } else { x + 11 };
        let _ = writeln!(
            self.shapes,
            "<path d=\"M{x} {y}L{back} {}L{back} {}z\" class=\"tip {class}\"/></g>",
            y - 6,
            y + 4,
        );
    }

    /// The whole file, `width` wide and `height` high.
    pub fn file(self, width: i32, height: i32, title: &str, description: &str) -> String {
        let (title, description) = (xml::escape(title), xml::escape(description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
             <title id=\"title\">{title}</title>\n<desc id=\"desc\">{description}</desc>\n\
             <style>\n{}</style>\n\
             <rect width=\"{width}\" height=\"{height}\" class=\"paper\"/>\n{}</svg>\n",
            style(),
            self.shapes
        )
    }
}
