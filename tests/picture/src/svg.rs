//! Writes SVG: a handful of shapes, and text that is always escaped.

use std::fmt::Write;

/// Where a text stands, seen from its x.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// Shapes, one below the other as text.
#[derive(Default)]
pub struct Svg {
    shapes: String,
    bars: String,
    marks: String,
}

/// The fonts, and what is told by weight, pattern and stroke. Fonts with Chinese characters come after
/// the fonts that look better but have none.
const STYLE: &str = "\
text{font:15px system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif}
.mono{font:14px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK SC',monospace;white-space:pre}
.over{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
.title{font-size:20px;font-weight:600}.strong{font-weight:600}.small{font-size:13px}
.rule,.fold,.arrow{fill:none}.fold{stroke-dasharray:2 4}.arrow{stroke-width:1.6}.arrow.reset{stroke-width:2.4}
.c1{stroke-dasharray:7 4}.c2{stroke-dasharray:2 3}.c3{stroke-dasharray:9 3 2 3}.c4{stroke-dasharray:14 4}
.c5{stroke-dasharray:4 4}.c6{stroke-dasharray:9 3 2 3 2 3}.c7{stroke-dasharray:1 5}.tip{stroke:none}
rect.listen{fill:none;stroke-width:2}rect.shake{fill:url(#dots)}rect.closing{fill:url(#hatch)}
rect.keeps{fill:url(#cross);stroke-width:2}.guess{display:none}
";

/// What fills the bars of the states that pass, so that they are told apart without colours.
const PATTERNS: &str = "\
<defs><pattern id=\"dots\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\"><circle cx=\"2.5\" cy=\"2.5\" r=\"1.5\" class=\"shake\"/></pattern>
<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path d=\"M0 0h3v6h-3z\" class=\"closing\"/></pattern>
<pattern id=\"cross\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 0L6 6M6 0L0 6\" class=\"crossed\"/></pattern></defs>
";

/// Colours: what is told by one is told by words too, and by a pattern.
pub struct Palette {
    paper: u32,
    ink: u32,
    dim: u32,
    rule: u32,
    tint: u32,
    reset: u32,
    /// Of the states, each of another lightness.
    states: [(&'static str, u32); 5],
    /// Of the clients' arrows, over and over.
    clients: [u32; 4],
}

const LIGHT: Palette = Palette {
    paper: 0xffffff,
    ink: 0x1b1f24,
    dim: 0x59636e,
    rule: 0xd1d9e0,
    tint: 0xf1f4f7,
    reset: 0xc5221f,
    states: [
        ("open", 0x0a3d1c),
        ("listen", 0x153c86),
        ("keeps", 0xa00d4c),
        ("closing", 0x8a5a00),
        ("shake", 0x3a76bd),
    ],
    clients: [0x1b1f24, 0x1a4393, 0x7a3e00, 0x14652b],
};

const DARK: Palette = Palette {
    paper: 0x15191f,
    ink: 0xe6edf3,
    dim: 0x9aa5b1,
    rule: 0x3d444d,
    tint: 0x212830,
    reset: 0xff7b72,
    states: [
        ("open", 0xb6f2c2),
        ("listen", 0x9ecbff),
        ("keeps", 0xf4759f),
        ("closing", 0xe0ac4f),
        ("shake", 0x5f8fd6),
    ],
    clients: [0xe6edf3, 0x9ecbff, 0xe0ac4f, 0x7ee294],
};

impl Palette {
    fn style(&self) -> String {
        let Palette { paper, ink, dim, rule, tint, reset, .. } = self;
        let mut style = format!(
            "text,.tip,.holds{{fill:#{ink:06x}}}.dim,.waits{{fill:#{dim:06x}}}.paper{{fill:#{paper:06x}}}\
             .tint{{fill:#{tint:06x}}}.rule{{stroke:#{rule:06x}}}.fold{{stroke:#{dim:06x}}}"
        );
        for (number, color) in (0..8).zip(self.clients.iter().cycle()) {
            let _ = write!(
                style,
                ".c{number}{{stroke:#{color:06x}}}.tip.c{number}{{fill:#{color:06x}}}"
            );
        }
        for (name, color) in self.states {
            let _ = write!(style, "text.{name},rect.{name},pattern .{name}{{fill:#{color:06x}}}");
            let _ = write!(style, "rect.{name}{{stroke:#{color:06x}}}");
        }
        let (_, keeps) = self.states[2];
        let _ = write!(
            style,
            ".crossed{{stroke:#{keeps:06x};stroke-width:1.4}}.arrow.reset{{stroke:#{reset:06x}}}\
             .tip.reset,text.reset{{fill:#{reset:06x}}}.holds,.over{{stroke:#{paper:06x}}}"
        );
        style
    }
}

/// Light, unless the reader's system is dark; on paper always light. What is filled by a pattern
/// comes last.
fn style() -> String {
    let (light, dark) = (LIGHT.style(), DARK.style());
    format!("{light}\n@media screen and (prefers-color-scheme:dark){{{dark}}}\n{STYLE}")
}

impl Svg {
    /// A text on one line, whose middle is at `y`.
    pub fn text(&mut self, x: i32, y: i32, anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (y, text) = (y + 5, escape(text));
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

    /// A bar, which lasts from the event with this number on. All other shapes cover it, and a mark
    /// covers a bar.
    pub fn bar(&mut self, x: i32, (from, y): (usize, i32), width: i32, end: i32, class: &str) {
        let height = (end - y).max(2);
        let bars = if class == "holds" { &mut self.marks } else { &mut self.bars };
        let _ = writeln!(
            bars,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" class=\"{class}\" data-from=\"{from}\"/>"
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
        let _ = writeln!(self.shapes, "<g><title>{}</title>", escape(tip));
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

    /// Takes all shapes so far, as one event: its number, its sentence and what else is told of it.
    pub fn event(&mut self, number: usize, sentence: &str, told: &[(&str, String)]) -> String {
        let (shapes, sentence) = (self.take(), escape(sentence));
        let told = told.iter().map(|(name, value)| format!(" data-{name}=\"{}\"", escape(value)));
        let told: String = told.collect();
        format!("<g data-n=\"{number}\"{told}><desc>{sentence}</desc>\n{shapes}</g>\n")
    }

    /// Takes all shapes so far, as a group of this class.
    pub fn group(&mut self, class: &str) -> String {
        format!("<g class=\"{class}\">\n{}</g>\n", self.take())
    }

    fn take(&mut self) -> String {
        std::mem::take(&mut self.shapes)
    }

    /// Takes all bars.
    pub fn take_bars(&mut self) -> String {
        let bars = std::mem::take(&mut self.bars) + &std::mem::take(&mut self.marks);
        format!("<g class=\"bars\">\n{bars}</g>\n")
    }
}

/// A whole file with these shapes, `width` wide and `height` high; `data` is for a program that shows
/// it as a film. In a page its letters, of which the smallest have 13 pixels, keep at least 12.
pub fn file(
    shapes: &str,
    width: i32,
    height: i32,
    title: &str,
    description: &str,
    data: &str,
) -> String {
    let (title, description, data) = (escape(title), escape(description), escape(data));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" style=\"min-width:{}px\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">{title}</title>\n<desc id=\"desc\">{description}</desc>\n<metadata>{data}</metadata>\n\
         <style>\n{}</style>\n{PATTERNS}\
         <rect width=\"{width}\" height=\"{height}\" class=\"paper\"/>\n{shapes}</svg>\n",
        width * 12 / 13 + 1,
        style(),
    )
}

/// Text with XML's five special characters escaped, and with none of the characters that XML 1.0
/// forbids: most controls, and two that are none.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&apos;",
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.extend(character.escape_default()),
            control if control.is_control() => escaped.extend(control.escape_default()),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(color: u32) -> f64 {
        let part = |shift: u32| {
            let value = f64::from(color >> shift & 0xff) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }

    fn contrast(one: u32, other: u32) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        (one / other).max(other / one)
    }

    #[test]
    fn every_text_can_be_read_and_no_two_states_are_the_same_grey() {
        for Palette { paper, ink, dim, tint, reset, states, clients, .. } in [LIGHT, DARK] {
            let colors = states.iter().map(|(_, color)| *color).chain(clients);
            for color in colors.chain([ink, dim, reset]) {
                assert!(contrast(color, paper) >= 4.5, "{color:06x}: {}", contrast(color, paper));
            }
            assert!(contrast(ink, tint) >= 4.5 && contrast(dim, tint) >= 4.5);
            // CIE L*: this formula is valid for colours that are not nearly black.
            let mut grey = states.map(|(_, color)| 116.0 * luminance(color).cbrt() - 16.0);
            grey.sort_by(f64::total_cmp);
            assert!(grey.windows(2).all(|pair| pair[1] - pair[0] >= 5.0), "{grey:?}");
        }
    }
}
