package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ringproof/ringproof/contract/delivery"
)

// CallIDPlaceholder is what [ObserveURL] replaces by the id of a call.
const CallIDPlaceholder = "{call.id}"

const (
	observeTimeout = 5 * time.Second
	observeMost    = 16 << 20 // bytes of an observation
)

// ObserveURL observes the consumer at a URL that holds [CallIDPlaceholder]. It answers
// {"status":"ended","deliveries":2}, without deliveries if it does not count them, or
// 404 for a call that it does not know. It must be on loopback unless [AllowRemote] is
// given before.
func ObserveURL(template string) Option {
	return func(o *options) error {
		u, err := url.Parse(strings.ReplaceAll(template, CallIDPlaceholder, "call"))
		switch {
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
			return errors.New("contract: the URL to observe is not an http or https URL")
		case !strings.Contains(template, CallIDPlaceholder):
			return fmt.Errorf("contract: the URL to observe does not hold %s", CallIDPlaceholder)
		}
		client := delivery.NewClient(o.allowRemote, observeTimeout)
		o.closers = append(o.closers, client.CloseIdleConnections)
		o.observe = func(ctx context.Context, callID string) (State, error) {
			return observeAt(ctx, client, strings.ReplaceAll(template, CallIDPlaceholder, url.PathEscape(callID)))
		}
		return nil
	}
}

func observeAt(ctx context.Context, client *http.Client, at string) (State, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return State{}, errors.New("the URL to observe is not one")
	}
	response, err := client.Do(request)
	if err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			err = cause // without the URL, which may hold a token
		}
		return State{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, observeMost))
	switch {
	case err != nil:
		return State{}, err
	case len(body) == observeMost:
		return State{}, fmt.Errorf("its answer is longer than %d bytes", observeMost-1)
	case response.StatusCode == http.StatusNotFound:
		return State{}, nil
	case response.StatusCode != http.StatusOK:
		return State{}, fmt.Errorf("it answered %d", response.StatusCode)
	}
	var told struct {
		Status     *string `json:"status"`
		Deliveries *int    `json:"deliveries"`
	}
	if json.Unmarshal(body, &told) != nil || told.Status == nil && told.Deliveries == nil {
		return State{}, errors.New(`it did not answer {"status":"...","deliveries":N}`)
	}
	state := State{Deliveries: Uncounted}
	if told.Status != nil {
		state.Status = *told.Status
	}
	if told.Deliveries != nil {
		state.Deliveries = *told.Deliveries
	}
	if state.Status == "" && state.Deliveries <= 0 {
		return State{}, nil
	}
	return state, nil
}
