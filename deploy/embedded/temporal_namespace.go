package embedded

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	commonpb "go.temporal.io/api/common/v1"
)

// RegisterNamespace makes sure that the Temporal server at the address (host:port) has the namespace
// with the retention, and returns when workflows can be started in it. It waits for the server to
// answer; the context bounds that.
func RegisterNamespace(ctx context.Context, address, namespace string, retention time.Duration) error {
	connected, err := dial(ctx, address)
	if err != nil {
		return err
	}
	defer connected.Close()
	service := connected.WorkflowService()
	if err := ensureNamespace(ctx, service, namespace, retention); err != nil {
		return err
	}
	return awaitUsable(ctx, service, namespace)
}

func ensureNamespace(ctx context.Context, service workflowservice.WorkflowServiceClient, namespace string, retention time.Duration) error {
	found, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if missing := (*serviceerror.NamespaceNotFound)(nil); errors.As(err, &missing) {
		return createNamespace(ctx, service, namespace, retention)
	}
	if err != nil {
		return fmt.Errorf("look for namespace %s: %w", namespace, err)
	}
	if found.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() == retention {
		return nil
	}
	_, err = service.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(retention)},
	})
	if err != nil {
		return fmt.Errorf("set retention of namespace %s: %w", namespace, err)
	}
	return nil
}

func createNamespace(ctx context.Context, service workflowservice.WorkflowServiceClient, namespace string, retention time.Duration) error {
	_, err := service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        namespace,
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	if exists := (*serviceerror.NamespaceAlreadyExists)(nil); errors.As(err, &exists) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("register namespace %s: %w", namespace, err)
	}
	return nil
}

// awaitUsable waits until the services behind the frontend know the namespace: history is asked for
// a workflow that does not exist, matching for a task queue that nobody uses.
func awaitUsable(ctx context.Context, service workflowservice.WorkflowServiceClient, namespace string) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	unused := "start-check-" + uuid.NewString()
	for {
		err := errors.Join(askHistory(ctx, service, namespace, unused), askMatching(ctx, service, namespace, unused))
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for namespace %s: %w", namespace, errors.Join(ctx.Err(), err))
		case <-ticker.C:
		}
	}
}

func askHistory(ctx context.Context, service workflowservice.WorkflowServiceClient, namespace, workflow string) error {
	_, err := service.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: namespace,
		Execution: &commonpb.WorkflowExecution{WorkflowId: workflow},
	})
	if missing := (*serviceerror.NotFound)(nil); errors.As(err, &missing) {
		return nil
	}
	return err
}

func askMatching(ctx context.Context, service workflowservice.WorkflowServiceClient, namespace, queue string) error {
	_, err := service.DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace:     namespace,
		TaskQueue:     &taskqueuepb.TaskQueue{Name: queue},
		TaskQueueType: enumspb.TASK_QUEUE_TYPE_WORKFLOW,
	})
	return err
}
