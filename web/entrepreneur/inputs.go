package entrepreneur

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	"saakorn/web/site"
	"saakorn/web/ui"
)

// rows returns how many rows of a list to show: those with something in them, and empty ones.
func (f *stepForm) rows(list string, least int) int {
	n := f.count(list)
	return max(n, least) + f.more
}

func (f *stepForm) count(list string) int { return f.values.count(list) }

func (f *stepForm) name(list string, i int, column string) string {
	return fmt.Sprintf("%s.%d.%s", list, i, column)
}

// cell returns an input within a row.
func (f *stepForm) cell(list string, i int, column, label string) ui.Field {
	return f.textField(f.name(list, i, column), label, 0)
}

func (f *stepForm) longCell(list string, i int, column, label string) ui.Field {
	return f.textField(f.name(list, i, column), label, 3)
}

func (f *stepForm) numberCell(list string, i int, column, label string) ui.Field {
	return f.numberField(f.name(list, i, column), label)
}

func (f *stepForm) textField(name, label string, rows int) ui.Field {
	return ui.Field{ID: name, Label: label, Value: f.values[name], Error: f.errors.For(name), Rows: rows}
}

func (f *stepForm) numberField(name, label string) ui.Field {
	field := f.textField(name, label, 0)
	field.Numeric = true
	return field
}

// amountField returns an input for an amount that is added to the sums.
func (f *stepForm) amountField(name, label, sums string) ui.Field {
	field := f.numberField(name, label)
	field.Data = map[string]string{"data-sum": sums}
	return field
}

// enumField returns a choice among the values of an enum, whose texts begin with the prefix.
func (f *stepForm) enumField(p ui.Page, name, label, prefix string, enum protoreflect.Enum) ui.Field {
	field := f.textField(name, label, 0)
	field.Choices = []ui.Choice{{Label: p.T("field.choose")}}
	all := enum.Descriptor().Values()
	for n := range all.Len() {
		if value := string(all.Get(n).Name()); all.Get(n).Number() != 0 {
			field.Choices = append(field.Choices, ui.Choice{Value: value, Label: p.T(prefix + value), Chosen: field.Value == value})
		}
	}
	return field
}

// ore returns the amount that stands in an input, and zero for what is no amount: a sum goes by what
// can be read.
func (f *stepForm) ore(name string) int64 {
	ore, _ := site.Kroner(f.values[name])
	return ore
}
