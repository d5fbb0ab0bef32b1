package com.example;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cdkserverlesspatterns.DeliveryAcknowledgement;
import io.github.cdkserverlesspatterns.DeliveryChecks;
import io.github.cdkserverlesspatterns.DeliverySeverity;
import org.junit.jupiter.api.Test;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.lambda.eventsources.SqsEventSource;
import software.amazon.awscdk.services.sqs.Queue;

/** The delivery contract, asserted in a unit test. */
class DeliveryChecksTest {
    private final Stack shop = new Stack(new App(), "Shop");

    DeliveryChecksTest() {
        final Function handler = Function.Builder.create(shop, "Handler")
            .runtime(Runtime.NODEJS_22_X)
            .handler("index.handler")
            .code(Code.fromInline("exports.handler = async () => {};"))
            .build();
        handler.addEventSource(SqsEventSource.Builder.create(new Queue(shop, "Orders")).reportBatchItemFailures(true).build());
    }

    @Test
    void aFailureListsWhatIsWrongAndHowToMendIt() {
        final RuntimeException failure = assertThrows(RuntimeException.class, this::assertNoErrors);
        // The jsii runtime adds its own stack, with the text once more: what comes first is what people read.
        final String text = failure.getMessage().split("\n@jsii/kernel")[0];
        final String expected = """
            Error: DeliveryChecks found one problem in Shop:
              Shop/Handler/SqsEventSource:ShopOrders\\w+ \\(HandlerSqsEventSourceShopOrders\\w+\\)
                error deadLetterQueueMissing: queue 'Shop/Orders' has no dead-letter queue, [^\n]+
                  fix: set deadLetterQueue \\(RedrivePolicy\\) where the queue is made
                  why: Without a dead-letter queue [^\n]+ https://docs.aws.amazon.com/[^\n]+
            To accept one, call DeliveryChecks.acknowledge with its construct, its id and the reason""";
        assertTrue(text.matches(expected), text);
    }

    @Test
    void whatIsAcceptedDoesNotFail() {
        DeliveryChecks.acknowledge(shop, DeliveryAcknowledgement.builder().id("deadLetterQueueMissing").reason("Prices are sent again every minute.").build());
        assertDoesNotThrow(this::assertNoErrors);
    }

    private void assertNoErrors() {
        DeliveryChecks.of(shop).hasNoFindings(DeliverySeverity.ERROR);
    }
}
