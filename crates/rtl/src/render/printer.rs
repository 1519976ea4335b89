//! The templates, and how text is made of them.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};

use super::SourceFile;

const TEMPLATES: &[(&str, &str)] = &[
    ("frame_sync", include_str!("../../../../hdl_templates/frame_sync.v")),
    ("stream_out", include_str!("../../../../hdl_templates/stream_out.v")),
    ("window_lines", include_str!("../../../../hdl_templates/window_lines.v")),
    ("pace", include_str!("../../../../hdl_templates/pace.v")),
    ("serial_window", include_str!("../../../../hdl_templates/serial_window.v")),
    ("serial_graph", include_str!("../../../../hdl_templates/serial_graph.v")),
    ("window", include_str!("../../../../hdl_templates/window.v")),
    ("pad", include_str!("../../../../hdl_templates/pad.v")),
    ("thin", include_str!("../../../../hdl_templates/thin.v")),
    ("maximum", include_str!("../../../../hdl_templates/maximum.v")),
    ("sum_pool", include_str!("../../../../hdl_templates/sum_pool.v")),
    ("graph", include_str!("../../../../hdl_templates/graph.v")),
    ("requantize", include_str!("../../../../hdl_templates/requantize.v")),
    ("graph_testbench", include_str!("../../../../hdl_templates/graph_testbench.v")),
    ("curve", include_str!("../../../../hdl_templates/curve.v")),
    ("table", include_str!("../../../../hdl_templates/table.v")),
    ("running_sum", include_str!("../../../../hdl_templates/running_sum.v")),
    ("pooled_conv", include_str!("../../../../hdl_templates/pooled_conv.v")),
    ("join", include_str!("../../../../hdl_templates/join.v")),
    ("narrow", include_str!("../../../../hdl_templates/narrow.v")),
    ("gather", include_str!("../../../../hdl_templates/gather.v")),
    ("folded_conv", include_str!("../../../../hdl_templates/folded_conv.v")),
    ("folded_depthwise", include_str!("../../../../hdl_templates/folded_depthwise.v")),
    ("folded_rescale", include_str!("../../../../hdl_templates/folded_rescale.v")),
    ("folded_sum_pool", include_str!("../../../../hdl_templates/folded_sum_pool.v")),
    ("codes", include_str!("../../../../hdl_templates/codes.v")),
    ("weights", include_str!("../../../../hdl_templates/weights.v")),
    ("top", include_str!("../../../../hdl_templates/top.v")),
    ("testbench", include_str!("../../../../hdl_templates/testbench.v")),
    ("board_top", include_str!("../../../../hdl_templates/board_top.v")),
    ("spi_top", include_str!("../../../../hdl_templates/spi_top.v")),
];

/// Prints through templates.
pub(crate) struct Printer {
    environment: Environment<'static>,
}

impl Printer {
    pub(crate) fn new() -> Self {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .variable_delimiters("${", "}")
            .block_delimiters("/*%", "%*/")
            .comment_delimiters("/*#", "#*/")
            .line_statement_prefix("//%")
            .line_comment_prefix("//#")
            .keep_trailing_newline(true)
            .build()
            .expect("the template delimiters differ from each other");
        environment.set_syntax(syntax);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in TEMPLATES {
            environment.add_template(name, text).expect("the templates are tested to parse");
        }
        Self { environment }
    }

    pub(crate) fn print(&self, template: &str, path: String, values: Value) -> SourceFile {
        let template = self.environment.get_template(template).expect("the template is in the list above");
        let text = template.render(values).expect("a template's variables are all given");
        SourceFile { path, text }
    }
}
