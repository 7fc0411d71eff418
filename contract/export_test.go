package contract

// Named gives the run a name, which the ids of its calls follow from.
func Named(run string) Option {
	return func(o *options) error { o.run = run; return nil }
}
